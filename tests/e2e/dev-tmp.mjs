import { readFileSync, existsSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { ROOT } from './browser.mjs';
export const SHOTS = '/tmp/w-web-shots';
const KINDS = { '.html': 'text/html; charset=utf-8', '.css': 'text/css', '.js': 'text/javascript', '.svg': 'image/svg+xml' };
const CSP = "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self' ws: wss:; style-src 'self'; script-src 'self'; worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
export async function proxy(server) {
  const proxied = http.createServer((req, res) => {
    const name = new URL(req.url, 'http://x').pathname.slice(1) || 'index.html';
    const file = path.join(ROOT, 'web', name);
    if (/^[\w-]+\.(js|css|svg|html)$/.test(name) && existsSync(file)) {
      res.writeHead(200, { 'content-type': KINDS[path.extname(file)], 'content-security-policy': CSP, 'cache-control': 'no-cache' });
      return res.end(readFileSync(file));
    }
    const up = http.request({ host: '127.0.0.1', port: server.port, path: req.url, method: req.method, headers: req.headers }, (r) => { res.writeHead(r.statusCode, r.rawHeaders); r.pipe(res); });
    up.on('error', () => res.destroy());
    req.pipe(up);
  });
  proxied.on('upgrade', (req, socket, head) => {
    const up = net.connect(server.port, '127.0.0.1', () => {
      const lines = []; for (let i = 0; i < req.rawHeaders.length; i += 2) lines.push(`${req.rawHeaders[i]}: ${req.rawHeaders[i + 1]}`);
      up.write(`${req.method} ${req.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`); up.write(head); socket.pipe(up); up.pipe(socket);
    });
    up.on('error', () => socket.destroy()); socket.on('error', () => up.destroy()); socket.on('close', () => up.destroy());
  });
  await new Promise((r) => proxied.listen(0, '127.0.0.1', r));
  return { url: `http://127.0.0.1:${proxied.address().port}`, close: () => { proxied.closeAllConnections(); proxied.close(); } };
}
