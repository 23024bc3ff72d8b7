import { describe, expect, it } from 'vitest';
import { describeClassifier, describeClassifierStem, describeParameters, describePatch } from './describe.ts';
import type { Graph, GraphNode } from './graph.ts';
import { plans } from './plans.ts';
import { inferShapes } from './shapes.ts';

const parametersOf = (plan: (typeof plans)[keyof typeof plans]) =>
  new Map(describeParameters(plan).map(({ name, shape }) => [name, { shape }]));

describe('shapes of the full network', () => {
  const parameters = parametersOf(plans.full);

  it('halves every axis in the stem', () => {
    const { graph, roles } = describeClassifierStem(plans.full);
    expect(inferShapes(graph, parameters).get(roles.cStem)).toEqual([32, 24, 128, 128]);
  });

  it('comes back to the size of the patch', () => {
    const { graph, roles } = describePatch(plans.full, 3);
    const shapes = inferShapes(graph, parameters);
    const of = (role: string) => shapes.get(roles[role]);
    expect(of('head1')).toEqual([2, 3, 32, 32]);
    expect(of('head2')).toEqual([2, 6, 64, 64]);
    expect(of('head3')).toEqual([2, 12, 128, 128]);
    expect(of('logits')).toEqual([2, 24, 256, 256]);
    expect(of('probability')).toEqual([1, 24, 256, 256]);
    expect(of('pasted')).toEqual([32, 3, 64, 64]);
  });

  it('rounds up in the encoder', () => {
    const { graph, roles } = describeClassifier(plans.full);
    const shapes = inferShapes(graph, parameters);
    expect(shapes.get(roles.scores)).toEqual([3]);
    expect(shapes.get('evidence1')).toEqual([3, 12, 64, 64]);
    expect(shapes.get('evidence3')).toEqual([3, 3, 16, 16]);
  });
});

describe('what does not fit', () => {
  const graph = (...nodes: GraphNode[]): Graph => ({
    name: 'g',
    inputs: [{ name: 'x', shape: [3, 4, 4, 4], type: 'float32' }],
    nodes,
    outputs: [nodes.at(-1)?.name ?? 'x'],
  });
  const conv = { kind: 'conv3d', name: 'y', inputs: ['x'], kernel: 1, stride: 1, pad: 0, weight: 'w' } as const;

  it('names the node and both numbers', () => {
    const parameters = new Map([['w', { shape: [5, 2, 1, 1, 1] }]]);
    expect(() => inferShapes(graph(conv), parameters)).toThrow('conv3d y: weight expects 2 channels, input has 3');
  });

  it('names what is missing', () => {
    expect(() => inferShapes(graph(conv), new Map())).toThrow('graph g: there is no parameter w');
    expect(() => inferShapes(graph({ kind: 'relu', name: 'y', inputs: ['z'] }), new Map())).toThrow('no value z');
  });

  it('refuses two values of one name', () => {
    const twice = graph({ kind: 'relu', name: 'x', inputs: ['x'] });
    expect(() => inferShapes(twice, new Map())).toThrow('x is made twice');
  });
});
