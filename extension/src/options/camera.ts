/** The camera: asked for here, as the hub has no window for the question, tried in a preview, and chosen. */

import { listCameras, openCamera, type Source } from '../../../web/sources.js';
import { byId, say, whileBusy } from '../forms/dom.js';
import { t } from '../forms/words.js';
import { change, type Page } from './page.js';

export class CameraSection {
  #source: Source | null = null;

  /** @param known called with whether the browser allows the camera */
  constructor(
    private readonly page: Page,
    private readonly known: (allowed: boolean) => void,
  ) {
    byId('camera-try').addEventListener('click', () => void this.#toggle());
    byId('camera-device').addEventListener('change', () => void this.#choose());
    navigator.mediaDevices?.addEventListener('devicechange', () => void this.#list());
    // Nobody looks at the preview of a page in the background.
    document.addEventListener('visibilitychange', () => document.hidden && this.#close());
    addEventListener('pagehide', () => this.#close());
    this.#draw();
  }

  /** What the browser allows, before anything is asked. */
  async load(): Promise<void> {
    const permission = await navigator.permissions.query({ name: 'camera' as PermissionName });
    permission.onchange = () => this.#allowed(permission.state);
    this.#allowed(permission.state);
    await this.#list();
  }

  #allowed(state: PermissionState): void {
    this.known(state === 'granted');
    const result = byId('camera-result');
    if (this.#source) return;
    if (state === 'denied') say(result, t('options_camera_denied'), 'bad');
    else say(result, state === 'granted' ? t('options_camera_allowed') : '', 'good');
  }

  async #toggle(): Promise<void> {
    if (this.#source) {
      this.#close();
      return say(byId('camera-result'), '');
    }
    await whileBusy([byId<HTMLButtonElement>('camera-try')], () => this.#open());
  }

  async #open(): Promise<void> {
    const result = byId('camera-result');
    say(result, t('options_camera_asking'));
    const { camera } = this.page.settings;
    try {
      this.#source = await openCamera(camera || null, () => this.#lost());
    } catch (error) {
      say(result, cameraText(error, camera !== ''), 'bad');
      return this.#list();
    }
    this.#source.element.setAttribute('aria-label', t('options_camera_preview'));
    byId('preview').replaceChildren(this.#source.element);
    say(result, t('options_camera_on'), 'good');
    this.#draw();
    this.known(true);
    // The hub may have been refused before.
    void this.page.control.tell({ type: 'changed' });
    await this.#list();
  }

  #close(): void {
    this.#source?.close();
    this.#source = null;
    byId('preview').replaceChildren();
    this.#draw();
  }

  #lost(): void {
    this.#close();
    say(byId('camera-result'), t('options_camera_lost'), 'bad');
  }

  #draw(): void {
    byId('preview').hidden = this.#source === null;
    byId('camera-try').textContent = t(this.#source ? 'options_camera_stop' : 'options_camera_try');
  }

  async #choose(): Promise<void> {
    const camera = byId<HTMLSelectElement>('camera-device').value;
    if (!(await change(this.page, { camera }))) return;
    const shown = this.#source !== null;
    this.#close();
    if (shown) await this.#open();
  }

  /** Names are known only once the camera is allowed; before, there is nothing to choose from. */
  async #list(): Promise<void> {
    const cameras = (await listCameras()).filter(({ deviceId }) => deviceId !== '');
    const chosen = this.page.settings.camera;
    const options = cameras.map(({ deviceId, label }, i) => new Option(label || t('options_camera_unnamed', i + 1), deviceId));
    const gone = chosen !== '' && !cameras.some(({ deviceId }) => deviceId === chosen);
    if (gone) options.push(new Option(t('options_camera_gone'), chosen));
    const select = byId<HTMLSelectElement>('camera-device');
    select.replaceChildren(new Option(t('options_camera_default'), ''), ...options);
    select.value = chosen;
    byId('camera-choice').hidden = cameras.length === 0 && !gone;
  }
}

/** What happened, and what to do. */
function cameraText(error: unknown, chosen: boolean): string {
  const { name, message } = error instanceof Error ? error : { name: String(error), message: '' };
  switch (name) {
    case 'NotAllowedError':
      if (/system/i.test(message)) return t('options_camera_system');
      return t(/dismiss/i.test(message) ? 'options_camera_dismissed' : 'options_camera_denied');
    case 'NotFoundError':
    case 'Missing':
      return t('options_camera_missing');
    case 'OverconstrainedError':
      return t(chosen ? 'options_camera_chosen_missing' : 'options_camera_missing');
    case 'NotReadableError':
    case 'AbortError':
      return t('options_camera_busy');
    default:
      return t('options_camera_other', name);
  }
}
