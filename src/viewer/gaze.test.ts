import { expect, test } from 'vitest';
import { cross, dot, rightOf, turned, viewFrom, type Vector } from './gaze.ts';

const near = (got: Vector, wanted: Vector) => wanted.forEach((value, axis) => expect(got[axis]).toBeCloseTo(value, 6));

test('seen from the front the patient faces us, seen from a side the nose points away from the back', () => {
  near(rightOf(viewFrom('front')), [1, 0, 0]);
  near(rightOf(viewFrom('left')), [0, 1, 0]);
  near(rightOf(viewFrom('right')), [0, -1, 0]);
});

test('dragging to the right brings the side on the left of the screen to the front', () => {
  near(turned(viewFrom('front'), Math.PI / 2, 0).toEye, [-1, 0, 0]);
});

test('dragging down brings the head to the front', () => {
  const gaze = turned(viewFrom('front'), 0, Math.PI / 2);
  near(gaze.toEye, [0, 0, 1]);
  near(gaze.up, [0, 1, 0]);
});

test('many small turns leave the axes square', () => {
  let gaze = viewFrom('top');
  for (let n = 0; n < 1000; n++) gaze = turned(gaze, 0.013 * (n % 7), -0.011 * (n % 5));
  expect(dot(gaze.toEye, gaze.up)).toBeCloseTo(0, 6);
  expect(Math.hypot(...cross(gaze.toEye, gaze.up))).toBeCloseTo(1, 6);
});
