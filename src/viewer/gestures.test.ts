// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from 'vitest';
import { listenToGestures, type GestureTarget } from './gestures.ts';

let element: HTMLElement;
let log: string[];

/** Writes down each request, with whole numbers. */
function recorder(tool: ReturnType<GestureTarget['tool']>): GestureTarget {
  const wanted = ['windowBy', 'panBy', 'zoomBy', 'step', 'pointTo', 'markStart', 'markMove', 'markEnd'];
  return new Proxy({} as GestureTarget, {
    get: (_, name: string) => {
      if (name === 'tool') return () => tool;
      if (name === 'finger') return 'slices';
      return (...args: number[]) => {
        if (wanted.includes(name)) log.push([name, ...args.map((arg) => Number(arg.toFixed(2)))].join(' '));
      };
    },
  });
}

beforeEach(() => {
  log = [];
  element = document.createElement('div');
  document.body.append(element);
  element.setPointerCapture = vi.fn();
});

const pointer = (type: string, x: number, y: number, more: PointerEventInit = {}) =>
  element.dispatchEvent(new PointerEvent(type, { clientX: x, clientY: y, pointerId: 1, ...more }));

function drag(more: PointerEventInit = {}) {
  pointer('pointerdown', 10, 10, more);
  pointer('pointermove', 14, 25, more);
  pointer('pointerup', 14, 25, more);
}

/** The test DOM forgets a wheel event's keys, so they are put on it by hand. */
function wheel(deltaY: number, keys: Partial<WheelEvent> = {}) {
  const event = new WheelEvent('wheel', { deltaY, cancelable: true });
  for (const [key, value] of Object.entries(keys)) Object.defineProperty(event, key, { value });
  element.dispatchEvent(event);
}

test('a hand that presses and hardly moves taps; one that drags, pans or measures does not', () => {
  const taps: string[] = [];
  const tapping = (tool: 'window' | 'ruler') =>
    new Proxy(recorder(tool), {
      get: (target, name: keyof GestureTarget) =>
        name === 'tap' ? (x: number, y: number) => taps.push(`${tool} ${x} ${y}`) : target[name],
    });
  listenToGestures(element, tapping('window'));
  pointer('pointerdown', 10, 10);
  pointer('pointermove', 12, 11);
  pointer('pointerup', 12, 11);
  expect(taps).toEqual(['window 12 11']);
  drag();
  drag({ shiftKey: true });
  pointer('pointerdown', 10, 10, { button: 2 });
  pointer('pointerup', 10, 10, { button: 2 });
  pointer('pointerdown', 10, 10);
  pointer('pointercancel', 10, 10);
  expect(taps).toHaveLength(1);
});

test('left is the window, Shift and left or the middle button pan, right zooms about where it went down', () => {
  listenToGestures(element, recorder('window'));
  drag();
  drag({ shiftKey: true });
  drag({ button: 1 });
  drag({ button: 2 });
  expect(log).toEqual(['windowBy 4 15', 'panBy 4 15', 'panBy 4 15', 'zoomBy 0.9 10 10']);
});

test('with another tool in hand the left button is the tool’s', () => {
  listenToGestures(element, recorder('crosshair'));
  drag();
  expect(log).toEqual(['pointTo 10 10', 'pointTo 14 25']);
  log.length = 0;
  element = document.createElement('div');
  element.setPointerCapture = vi.fn();
  listenToGestures(element, recorder('ruler'));
  drag();
  expect(log).toEqual(['markStart 10 10', 'markMove 14 25', 'markEnd']);
});

test('Shift without a button lets the planes follow', () => {
  listenToGestures(element, recorder('window'));
  pointer('pointermove', 3, 4);
  pointer('pointermove', 5, 6, { shiftKey: true, buttons: 0 });
  expect(log).toEqual(['pointTo 5 6']);
});

test('a notch is a slice, a fast turn a few, a touchpad’s crumbs add up, and turning back counts afresh', () => {
  listenToGestures(element, recorder('window'));
  for (const delta of [100, -120, 1200]) wheel(delta);
  expect(log).toEqual(['step 1', 'step -1', 'step 3']);
  log.length = 0;
  for (const delta of [20, 20, 20, -20, -20, -20]) wheel(delta);
  expect(log).toEqual(['step 1', 'step -1']);
});

test('Ctrl and the wheel zoom, Shift and the wheel are left to the page', () => {
  listenToGestures(element, recorder('window'));
  wheel(-400, { ctrlKey: true, clientX: 7, clientY: 9 });
  wheel(100, { shiftKey: true });
  expect(log).toEqual(['zoomBy 2.72 7 9']);
});

const touch = (type: string, pointerId: number, x: number, y: number) =>
  pointer(type, x, y, { pointerId, pointerType: 'touch' });

test('a finger that goes up steps to the next slices, one that comes back steps back', () => {
  listenToGestures(element, recorder('window'));
  touch('pointerdown', 1, 50, 100);
  for (const y of [90, 80, 70, 80, 90]) touch('pointermove', 1, 50, y);
  touch('pointerup', 1, 50, 90);
  expect(log).toEqual(['step 1', 'step 1', 'step -1']);
});

test('with a tool in hand a finger is the tool’s, until a second one comes', () => {
  listenToGestures(element, recorder('ruler'));
  touch('pointerdown', 1, 50, 100);
  touch('pointermove', 1, 60, 100);
  touch('pointerdown', 2, 60, 200);
  expect(log).toEqual(['markStart 50 100', 'markMove 60 100', 'markEnd']);
});

test('two fingers pan with what lies between them and zoom as they part; the one that stays does nothing', () => {
  listenToGestures(element, recorder('window'));
  touch('pointerdown', 1, 50, 100);
  touch('pointerdown', 2, 150, 100);
  touch('pointermove', 2, 250, 100);
  touch('pointermove', 1, 150, 100);
  touch('pointerup', 2, 250, 100);
  touch('pointermove', 1, 150, 300);
  touch('pointerup', 1, 150, 300);
  expect(log).toEqual(['panBy 50 0', 'zoomBy 2 150 100', 'panBy 50 0', 'zoomBy 0.5 200 100']);
  log.length = 0;
  drag();
  expect(log).toEqual(['windowBy 4 15']);
});

test('the listeners can be taken away', () => {
  const away = listenToGestures(element, recorder('window'));
  away();
  drag();
  wheel(100);
  expect(log).toEqual([]);
});
