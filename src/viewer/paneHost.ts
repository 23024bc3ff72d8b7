/** The elements a pane is made of: they fill whatever the page puts them into. */
import type { PaneName } from './contract.ts';

const filling = { position: 'absolute', inset: '0', width: '100%', height: '100%' } as const;

export function makeHost(name: PaneName): HTMLDivElement {
  const host = document.createElement('div');
  host.className = 'viewer-pane';
  host.dataset.pane = name;
  host.tabIndex = 0;
  host.setAttribute('role', 'img');
  host.setAttribute('aria-label', name);
  Object.assign(host.style, filling, {
    overflow: 'hidden',
    background: '#000',
    touchAction: 'none',
    cursor: 'crosshair',
  });
  return host;
}

export function layOver<T extends HTMLElement>(host: HTMLElement, layer: T): T {
  Object.assign(layer.style, filling);
  host.append(layer);
  return layer;
}

/** Empties the canvas and gives it a pixel for each of the screen's.
 *  @returns a context that counts in CSS pixels */
export function matchCanvas(canvas: HTMLCanvasElement, host: HTMLElement): CanvasRenderingContext2D | null {
  const ratio = window.devicePixelRatio || 1;
  const width = Math.round(host.clientWidth * ratio);
  const height = Math.round(host.clientHeight * ratio);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext('2d');
  context?.setTransform(ratio, 0, 0, ratio, 0, 0);
  context?.clearRect(0, 0, host.clientWidth, host.clientHeight);
  return context;
}
