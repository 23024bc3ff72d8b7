/** What hands do on a pane, turned into requests. Left drag is the tool's, middle drag and Shift+left pan,
 *  right drag and Ctrl+wheel zoom, the wheel steps through slices, Shift without a button lets the planes
 *  follow the pointer. */
import type { ToolName } from './contract.ts';

export interface GestureTarget {
  tool(): ToolName;
  activate(): void;
  windowBy(dx: number, dy: number): void;
  panBy(dx: number, dy: number): void;
  /** @param x @param y the point that stays where it is, CSS pixels in the pane */
  zoomBy(factor: number, x: number, y: number): void;
  step(by: number): void;
  pointTo(x: number, y: number): void;
  hover(x: number, y: number): void;
  leave(): void;
  markStart(x: number, y: number): void;
  markMove(x: number, y: number): void;
  markEnd(): void;
}

type Drag = 'window' | 'pan' | 'zoom' | 'point' | 'mark';

/** A mouse sends a notch of the wheel as some 100 pixels, and several at once when turned fast; touchpads
 *  send many small pieces, of which this many pixels are a slice. */
const notchPixels = 120;
const touchPixels = 50;
const mostSlicesAtOnce = 3;

function dragFor(event: PointerEvent, tool: ToolName): Drag | null {
  if (event.button === 1 || (event.button === 0 && event.shiftKey)) return 'pan';
  if (event.button === 2) return 'zoom';
  if (event.button !== 0) return null;
  if (tool === 'window') return 'window';
  return tool === 'crosshair' ? 'point' : 'mark';
}

/** @returns a function that takes the listeners away */
export function listenToGestures(element: HTMLElement, target: GestureTarget): () => void {
  const away = new AbortController();
  const { signal } = away;
  let drag: Drag | null = null;
  let last: readonly [x: number, y: number] = [0, 0];
  let anchor = last;

  const place = (event: MouseEvent): readonly [number, number] => {
    const box = element.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  element.addEventListener(
    'pointerdown',
    (event) => {
      target.activate();
      element.focus({ preventScroll: true });
      drag = dragFor(event, target.tool());
      if (!drag) return;
      event.preventDefault();
      element.setPointerCapture(event.pointerId);
      last = anchor = place(event);
      if (drag === 'point') target.pointTo(...last);
      if (drag === 'mark') target.markStart(...last);
    },
    { signal },
  );

  element.addEventListener(
    'pointermove',
    (event) => {
      const here = place(event);
      const [dx, dy] = [here[0] - last[0], here[1] - last[1]];
      last = here;
      if (drag === 'window') target.windowBy(dx, dy);
      else if (drag === 'pan') target.panBy(dx, dy);
      else if (drag === 'zoom') target.zoomBy(Math.exp(-dy / 150), ...anchor);
      else if (drag === 'mark') target.markMove(...here);
      else if (drag === 'point' || (event.shiftKey && event.buttons === 0)) target.pointTo(...here);
      target.hover(...here);
    },
    { signal },
  );

  const end = () => {
    if (drag === 'mark') target.markEnd();
    drag = null;
  };
  element.addEventListener('pointerup', end, { signal });
  element.addEventListener('pointercancel', end, { signal });
  element.addEventListener('pointerleave', () => target.leave(), { signal });
  element.addEventListener('contextmenu', (event) => event.preventDefault(), { signal });
  listenToWheel(element, target, place, signal);
  return () => away.abort();
}

function listenToWheel(
  element: HTMLElement,
  target: GestureTarget,
  place: (event: MouseEvent) => readonly [number, number],
  signal: AbortSignal,
): void {
  let left = 0;
  element.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      target.activate();
      // Shift turns the wheel sideways in some browsers; the app uses it for slabs, so it is left alone here.
      if (event.shiftKey) return;
      const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 33 : event.deltaY;
      if (event.ctrlKey || event.metaKey) {
        target.zoomBy(Math.exp(-pixels / 400), ...place(event));
        return;
      }
      if (Math.abs(pixels) >= touchPixels) {
        left = 0;
        const slices = Math.max(1, Math.round(Math.abs(pixels) / notchPixels));
        target.step(Math.sign(pixels) * Math.min(mostSlicesAtOnce, slices));
        return;
      }
      // A turn the other way starts afresh.
      left = Math.sign(left) === Math.sign(pixels) ? left + pixels : pixels;
      if (Math.abs(left) < touchPixels) return;
      left -= Math.sign(left) * touchPixels;
      target.step(Math.sign(pixels));
    },
    { signal, passive: false },
  );
}
