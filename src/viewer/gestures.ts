/** What hands do on a pane, turned into requests. Left drag is the tool's, middle drag and Shift+left pan,
 *  right drag and Ctrl+wheel zoom, the wheel steps through slices, Shift without a button lets the planes
 *  follow the pointer. A finger steps through slices, or is the tool's where one other than the window's is in hand; two
 *  pan and zoom. */
import type { ToolName } from './contract.ts';

export interface GestureTarget {
  tool(): ToolName;
  /** What a finger does where no tool but the window's is in hand. */
  readonly finger: 'slices' | 'window';
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
  /** Pressed and let go at one place, with no tool but the window's in hand. */
  tap(x: number, y: number): void;
}

type Drag = 'window' | 'slices' | 'pan' | 'zoom' | 'pinch' | 'point' | 'mark';
type Point = readonly [x: number, y: number];

/** A mouse sends a notch of the wheel as some 100 pixels, and several at once when turned fast; touchpads
 *  send many small pieces, of which this many pixels are a slice. */
const notchPixels = 120;
const touchPixels = 50;
const mostSlicesAtOnce = 3;
/** A hand that presses moves so far. */
const tapPixels = 4;
/** A finger's way from slice to slice. */
const fingerPixels = 14;

function dragFor(event: PointerEvent, target: GestureTarget): Drag | null {
  const tool = target.tool();
  if (event.button === 1 || (event.button === 0 && event.shiftKey)) return 'pan';
  if (event.button === 2) return 'zoom';
  if (event.button !== 0) return null;
  if (tool === 'window') return event.pointerType === 'touch' ? target.finger : 'window';
  return tool === 'crosshair' ? 'point' : 'mark';
}

/** @returns a function that takes the listeners away */
export function listenToGestures(element: HTMLElement, target: GestureTarget): () => void {
  const away = new AbortController();
  const { signal } = away;
  const fingers = new Map<number, Point>();
  let drag: Drag | null = null;
  let last: Point = [0, 0];
  let anchor = last;
  /** Pixels that a finger has moved since the last slice. */
  let moved = 0;

  const place = (event: MouseEvent): Point => {
    const box = element.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const end = () => {
    if (drag === 'mark') target.markEnd();
    drag = null;
  };

  const down = (event: PointerEvent) => {
    target.activate();
    element.focus({ preventScroll: true });
    const here = place(event);
    if (event.pointerType === 'touch') fingers.set(event.pointerId, here);
    end();
    drag = fingers.size > 1 ? 'pinch' : dragFor(event, target);
    if (!drag) return;
    event.preventDefault();
    element.setPointerCapture(event.pointerId);
    last = anchor = here;
    moved = 0;
    if (drag === 'point') target.pointTo(...here);
    if (drag === 'mark') target.markStart(...here);
  };

  const move = (event: PointerEvent) => {
    const here = place(event);
    if (drag === 'pinch') return pinch(target, fingers, event.pointerId, here);
    const [dx, dy] = [here[0] - last[0], here[1] - last[1]];
    last = here;
    if (drag === 'window') target.windowBy(dx, dy);
    else if (drag === 'slices') moved = stepsOf(target, moved - dy);
    else if (drag === 'pan') target.panBy(dx, dy);
    else if (drag === 'zoom') target.zoomBy(Math.exp(-dy / 150), ...anchor);
    else if (drag === 'mark') target.markMove(...here);
    else if (drag === 'point' || (event.shiftKey && event.buttons === 0)) target.pointTo(...here);
    target.hover(...here);
  };

  const up = (event: PointerEvent) => {
    fingers.delete(event.pointerId);
    const here = place(event);
    const isStill = Math.hypot(here[0] - anchor[0], here[1] - anchor[1]) < tapPixels;
    if (event.type === 'pointerup' && isStill && (drag === 'window' || drag === 'slices')) target.tap(...here);
    // What the last finger does while it is lifted from a pinch is meant for nothing.
    if (drag !== 'pinch' || fingers.size === 0) end();
  };

  element.addEventListener('pointerdown', down, { signal });
  element.addEventListener('pointermove', move, { signal });
  element.addEventListener('pointerup', up, { signal });
  element.addEventListener('pointercancel', up, { signal });
  element.addEventListener('pointerleave', () => target.leave(), { signal });
  element.addEventListener('contextmenu', (event) => event.preventDefault(), { signal });
  listenToWheel(element, target, place, signal);
  return () => away.abort();
}

/** Moves one of the first two fingers: what lies between them follows, and grows as they part. */
function pinch(target: GestureTarget, fingers: Map<number, Point>, id: number, here: Point): void {
  const spread = () => {
    const [[ax, ay], [bx, by]] = [...fingers.values()];
    return { middle: [(ax + bx) / 2, (ay + by) / 2] as const, apart: Math.max(1, Math.hypot(ax - bx, ay - by)) };
  };
  if (fingers.size < 2 || !fingers.has(id)) return;
  const before = spread();
  fingers.set(id, here);
  const after = spread();
  target.panBy(after.middle[0] - before.middle[0], after.middle[1] - before.middle[1]);
  target.zoomBy(after.apart / before.apart, ...after.middle);
}

/** Slices for the pixels that a finger has gone up. @returns what is left over */
function stepsOf(target: GestureTarget, pixels: number): number {
  const steps = Math.trunc(pixels / fingerPixels);
  if (steps !== 0) target.step(steps);
  return pixels - steps * fingerPixels;
}

function listenToWheel(
  element: HTMLElement,
  target: GestureTarget,
  place: (event: MouseEvent) => Point,
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
