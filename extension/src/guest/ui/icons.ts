/** The few signs there are, drawn as lines of 24 by 24. */

const SVG = 'http://www.w3.org/2000/svg';

const SHAPES = {
  eye: 'M2.5 12c2.6-4.4 5.800-6.500 9.500-6.500s6.900 2.100 9.500 6.500c-2.600 4.400-5.800 6.500-9.500 6.500S5.100 16.400 2.500 12z M12 9.200a2.800 2.800 0 1 0 0 5.600a2.800 2.800 0 1 0 0-5.600z',
  closed: 'M2.500 10c2.600 3.800 5.800 5.600 9.500 5.600s6.900-1.800 9.500-5.600 M12 15.600v3.600 M6.200 14l-2 3 M17.800 14l2 3',
  away: 'M12 4.500a3.600 3.600 0 1 0 0 7.200a3.600 3.600 0 1 0 0-7.200z M5 20c.6-3.800 3.200-5.800 7-5.800s6.400 2 7 5.800',
  camera: 'M4.500 6.500h9a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2h-9a2 2 0 0 1-2-2v-7a2 2 0 0 1 2-2z M15.500 11l6-3.500v9l-6-3.500',
  cameraOff: 'M7.500 6.500h6a2 2 0 0 1 2 2v6 M14.500 17.300a2 2 0 0 1-1 .2h-9a2 2 0 0 1-2-2v-7a2 2 0 0 1 1.500-1.900 M15.500 11l6-3.500v9l-4-2.300 M3 3l18 18',
  offline: 'M2.500 9a15 15 0 0 1 5-3.200 M11.500 5.100a15 15 0 0 1 10 3.900 M6 13a9.500 9.500 0 0 1 4-2.400 M15.500 11.300a9.500 9.500 0 0 1 2.500 1.700 M9.600 16.600a4.300 4.300 0 0 1 4.800 0 M12 20v.1 M3 3l18 18',
  close: 'M6 6l12 12 M18 6L6 18',
  check: 'M4.500 12.500l5 5 10-11',
  cross: 'M6 6l12 12 M18 6L6 18',
} as const;

export type IconName = keyof typeof SHAPES;

export function icon(name: IconName, kind = 'icon'): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', kind);
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', SHAPES[name]);
  svg.append(path);
  return svg;
}
