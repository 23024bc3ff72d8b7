/** DeepSC-COVID, once, as data (Wang et al., IEEE TMI 2021; layers as in the authors' released PyTorch code).
 *  Three graphs: the classifier's stem (once a study), a patch, the classifier (once a study). */
import type { Graph, GraphInput, GraphNode, TensorShape } from './graph.ts';
import type { Plan } from './plans.ts';

/** Score order everywhere: outputs of the classifier, rows of the evidence. */
export const classes = ['covid19', 'cap', 'nonPneumonia'] as const;
export type ClassName = (typeof classes)[number];

export type ParameterRole = 'weight' | 'norm-weight' | 'bias' | 'scalar';
export interface ParameterDescription {
  readonly name: string;
  readonly shape: TensorShape;
  readonly role: ParameterRole;
  /** Values that enter one output, for scaled initial values; 0 for norms, biases and scalars. */
  readonly fanIn: number;
}

/** Collects nodes and the parameters they need, in the order of the description. */
class Builder {
  readonly nodes: GraphNode[] = [];
  readonly parameters: ParameterDescription[] = [];

  node(node: GraphNode): string {
    this.nodes.push(node);
    return node.name;
  }

  private parameter(name: string, shape: TensorShape, role: ParameterRole, fanIn = 0): string {
    this.parameters.push({ name, shape, role, fanIn });
    return name;
  }

  conv(
    name: string,
    input: string,
    channels: readonly [from: number, to: number],
    options: { kernel: 1 | 3; stride?: 1 | 2; bias?: boolean; parameter?: string },
  ): string {
    const { kernel, stride = 1, bias = false, parameter = name } = options;
    const [from, to] = channels;
    const weight = this.parameter(
      `${parameter}.weight`,
      [to, from, kernel, kernel, kernel],
      'weight',
      from * kernel ** 3,
    );
    return this.node({
      kind: 'conv3d',
      name,
      inputs: [input],
      kernel,
      stride,
      pad: kernel === 3 ? 1 : 0,
      weight,
      ...(bias && { bias: this.parameter(`${parameter}.bias`, [to], 'bias') }),
    });
  }

  upConv(name: string, input: string, channels: number): string {
    return this.node({
      kind: 'convTranspose3d',
      name,
      inputs: [input],
      weight: this.parameter(`${name}.weight`, [channels, channels, 2, 2, 2], 'weight', channels),
      bias: this.parameter(`${name}.bias`, [channels], 'bias'),
    });
  }

  norm(name: string, input: string, channels: number, groups: number): string {
    return this.node({
      kind: 'groupNorm',
      name,
      inputs: [input],
      groups,
      weight: this.parameter(`${name}.weight`, [channels], 'norm-weight'),
      bias: this.parameter(`${name}.bias`, [channels], 'bias'),
    });
  }

  relu(input: string): string {
    return this.node({ kind: 'relu', name: `${input}.relu`, inputs: [input] });
  }

  scalar(name: string): string {
    return this.parameter(name, [1], 'scalar');
  }

  linear(name: string, input: string, [from, to]: readonly [number, number]): string {
    return this.node({
      kind: 'linear',
      name,
      inputs: [input],
      weight: this.parameter(`${name}.weight`, [to, from], 'weight', from),
      bias: this.parameter(`${name}.bias`, [to], 'bias'),
    });
  }

  graph(name: string, inputs: readonly GraphInput[], outputs: readonly string[]): Graph {
    return { name, inputs, nodes: this.nodes, outputs };
  }
}

/** Four branches from one channel, to c channels at half resolution (section 3). */
function inceptionBlock(build: Builder, prefix: 'stem_cls' | 'stem_seg', input: string, c: number): string {
  const conv = (branch: string, from: string, channels: [number, number], kernel: 1 | 3, stride: 1 | 2) =>
    build.conv(`${prefix}.${branch}`, from, channels, { kernel, stride });
  const branch1 = conv('branch1', input, [1, c / 4], 1, 2);
  const branch2 = conv('branch22', conv('branch21', input, [1, c / 4], 1, 1), [c / 4, c / 4], 3, 2);
  const branch32 = conv('branch32', conv('branch31', input, [1, c / 4], 1, 1), [c / 4, (3 * c) / 8], 3, 2);
  const branch3 = conv('branch33', branch32, [(3 * c) / 8, (3 * c) / 8], 3, 1);
  const pooled = build.node({ kind: 'averagePool3d', name: `${prefix}.branch41`, inputs: [input] });
  const branch4 = conv('branch42', pooled, [1, c / 8], 3, 2);
  const joined = build.node({
    kind: 'concat',
    name: `${prefix}.branches`,
    inputs: [branch1, branch2, branch3, branch4],
  });
  return build.relu(build.norm(`${prefix}.bn1`, joined, c, 2));
}

/** What an inception block is measured against: one convolution of the same width and stride. */
function plainBlock(build: Builder, prefix: 'stem_cls' | 'stem_seg', input: string, c: number): string {
  const conv = build.conv(`${prefix}.plain`, input, [1, c], { kernel: 3, stride: 2 });
  return build.relu(build.norm(`${prefix}.bn1`, conv, c, 2));
}

const stemBlock = ({ stem }: Plan) => (stem === 'plain' ? plainBlock : inceptionBlock);

function unit(build: Builder, prefix: string, input: string, from: number, [a, b]: readonly [number, number]): string {
  const step = (index: 0 | 1, value: string, channels: [number, number]) => {
    const name = `${prefix}.ops.${index}`;
    const conv = build.conv(`${name}.conv1`, value, channels, { kernel: 3, bias: true });
    return build.relu(build.norm(`${name}.bn1`, conv, channels[1], channels[1]));
  };
  return step(1, step(0, input, [from, a]), [a, b]);
}

/** The 3D lesion subnet, from L-features to the names of its four heads, coarsest first. */
function lesionSubnet(build: Builder, features: string, c: number): string[] {
  const pool = (input: string) => build.node({ kind: 'maxPool3d', name: `${input}.pool`, inputs: [input] });
  const head = (index: number, input: string, channels: number) =>
    build.conv(`seg.poly${index}`, input, [channels, 2], { kernel: 1, bias: true });
  const join = (name: string, inputs: string[]) => build.node({ kind: 'concat', name, inputs });

  const down1 = unit(build, 'seg.down_tr128', features, c, [c, 2 * c]);
  const down2 = unit(build, 'seg.down_tr256', pool(down1), 2 * c, [2 * c, 4 * c]);
  const down3 = unit(build, 'seg.down_tr512', pool(down2), 4 * c, [4 * c, 8 * c]);
  const join3 = join('seg.up_tr256.join', [build.upConv('seg.up_tr256.up_conv', down3, 8 * c), down2]);
  const up3 = unit(build, 'seg.up_tr256', join3, 12 * c, [4 * c, 4 * c]);
  const join2 = join('seg.up_tr128.join', [build.upConv('seg.up_tr128.up_conv', up3, 4 * c), down1]);
  const up2 = unit(build, 'seg.up_tr128', join2, 6 * c, [2 * c, 2 * c]);
  const up1 = unit(build, 'seg.up_tr64', build.upConv('seg.up_tr64.up_conv', up2, 2 * c), 2 * c, [c, c]);
  return [head(1, down3, 8 * c), head(2, up3, 4 * c), head(3, up2, 2 * c), head(4, up1, c)];
}

/** Segmentation generator: heads at 1/8, 1/4, 1/2 and 1 of the patch, to logits of the patch's size. */
function fuseHeads(build: Builder, [h1, h2, h3, h4]: readonly string[]): string {
  const up = (input: string, factor: number) =>
    build.node({ kind: 'upsample3d', name: `${input}.up`, inputs: [input], factor });
  return build.node({
    kind: 'weightedSum',
    name: 'logits',
    inputs: [up(h1, 8), up(h2, 4), up(h3, 2), h4],
    factors: [0.25, 0.25, 0.5, 1],
  });
}

function encoderUnit(build: Builder, prefix: string, input: string, from: number, to: number): string {
  const first = build.conv(`${prefix}.conv1`, input, [from, to], { kernel: 3, stride: 2 });
  const activated = build.relu(build.norm(`${prefix}.bn1`, first, to, 2));
  const second = build.conv(`${prefix}.conv2`, activated, [to, to], { kernel: 3 });
  const normed = build.norm(`${prefix}.bn2`, second, to, 2);
  const sum = build.node({ kind: 'add', name: prefix, inputs: [normed, first] });
  return build.relu(sum);
}

function float(name: string, shape: TensorShape): GraphInput {
  return { name, shape, type: 'float32' };
}

/** Sizes [D, H, W] of the C-features: half of the classifier's sampled slices on every axis. */
export function classificationFeatureShape(plan: Plan): readonly [number, number, number] {
  return [plan.slices / 2, plan.grid / 4, plan.grid / 4];
}

/** Input `slices` [1, S, G/2, G/2]; output `stem_cls.bn1.relu`, the C-stem [c, S/2, G/4, G/4]. */
export function describeClassifierStem(plan: Plan): Described {
  const build = new Builder();
  const half = plan.grid / 2;
  const stem = stemBlock(plan)(build, 'stem_cls', 'slices', plan.width);
  return described(build, 'classifier stem', [float('slices', [1, plan.slices, half, half])], { cStem: stem });
}

/** One patch. Inputs: `voxels` [1, Pz, Py, Px] (masked intensity), `cStem` [c, S/2, G/4, G/4], the index vectors
 *  `cropZ/Y/X` (which C-stem voxel meets which L-stem voxel) and `pasteZ/Y/X` (which L-stem voxels the classifier
 *  takes; `pasteSlices` of them along depth). Outputs by role: lesion `probability` [1, Pz, Py, Px] before the lung
 *  mask, `logits` [2, Pz, Py, Px], the four `heads`, and `pasted` [c, pasteSlices, Py/4, Px/4]. */
export function describePatch(plan: Plan, pasteSlices: number): Described {
  const build = new Builder();
  const [pz, py, px] = plan.patch;
  const c = plan.width;
  const index = (name: string, length: number): GraphInput => ({ name, shape: [length], type: 'int32' });
  const lStem = stemBlock(plan)(build, 'stem_seg', 'voxels', c);
  const crop = build.node({ kind: 'gather3d', name: 'crop', inputs: ['cStem', 'cropZ', 'cropY', 'cropX'] });
  const features = build.node({
    kind: 'stitch',
    name: 'lFeatures',
    inputs: [lStem, crop],
    a: build.scalar('alpha_2'),
    b: build.scalar('beta_2'),
  });
  const heads = lesionSubnet(build, features, c);
  const logits = fuseHeads(build, heads);
  const probability = build.node({ kind: 'secondOfSoftmax', name: 'probability', inputs: [logits] });
  const pasted = build.node({ kind: 'gather3d', name: 'pasted', inputs: [lStem, 'pasteZ', 'pasteY', 'pasteX'] });
  const inputs = [
    float('voxels', [1, pz, py, px]),
    float('cStem', [c, ...classificationFeatureShape(plan)]),
    index('cropZ', pz / 2),
    index('cropY', py / 2),
    index('cropX', px / 2),
    index('pasteZ', pasteSlices),
    index('pasteY', py / 4),
    index('pasteX', px / 4),
  ];
  return described(build, 'patch', inputs, {
    probability,
    logits,
    pasted,
    head1: heads[0],
    head2: heads[1],
    head3: heads[2],
    head4: heads[3],
  });
}

/** The classifier over the whole study. Inputs: `cStem` and `pasted` [c, S/2, G/4, G/4], `lesion` [1, S/2, G/4, G/4].
 *  Outputs by role: `scores` [3] before softmax and `evidence1..3` [3, D, H, W], unit 1 (finest) first. */
export function describeClassifier(plan: Plan): Described {
  const build = new Builder();
  const c = plan.width;
  const shape = classificationFeatureShape(plan);
  const features = build.node({
    kind: 'stitch',
    name: 'cFeatures',
    inputs: ['cStem', 'pasted'],
    a: build.scalar('alpha_1'),
    b: build.scalar('beta_1'),
  });
  const lesion = build.node({
    kind: 'scale',
    name: 'cls.lesion',
    inputs: [build.conv('cls.layer1_semi', 'lesion', [1, c / 2], { kernel: 1 })],
    factor: build.scalar('cls.p'),
  });
  const reduced = build.conv('cls.layer1_1_semi', features, [c, c / 2], { kernel: 1 });
  const joined = build.node({ kind: 'concat', name: 'cls.join', inputs: [lesion, reduced] });
  const unit1 = encoderUnit(build, 'cls.encoder1', joined, c, 2 * c);
  const unit2 = encoderUnit(build, 'cls.encoder2', unit1, 2 * c, 4 * c);
  const unit3 = encoderUnit(build, 'cls.encoder3', unit2, 4 * c, 8 * c);
  const averages = [unit1, unit2, unit3].map((input) =>
    build.node({ kind: 'globalAverage', name: `${input}.average`, inputs: [input] }),
  );
  const vector = build.node({ kind: 'concatVectors', name: 'cls.averages', inputs: averages });
  const scores = build.linear('cls.fc', vector, [14 * c, classes.length]);
  const evidence = (input: string, scale: number, offset: number) =>
    build.node({ kind: 'evidence', name: `evidence${scale}`, inputs: [input], weight: 'cls.fc.weight', offset });
  return described(
    build,
    'classifier',
    [float('cStem', [c, ...shape]), float('pasted', [c, ...shape]), float('lesion', [1, ...shape])],
    {
      scores,
      evidence1: evidence(unit1, 1, 0),
      evidence2: evidence(unit2, 2, 2 * c),
      evidence3: evidence(unit3, 3, 6 * c),
    },
  );
}

/** A graph, what its outputs mean (role to value name), and the parameters it needs. */
export interface Described {
  readonly graph: Graph;
  readonly roles: Readonly<Record<string, string>>;
  readonly parameters: readonly ParameterDescription[];
}

function described(
  build: Builder,
  name: string,
  inputs: readonly GraphInput[],
  roles: Readonly<Record<string, string>>,
): Described {
  return { graph: build.graph(name, inputs, Object.values(roles)), roles, parameters: build.parameters };
}

/** Asks a graph for some of its roles only; nodes that none of them needs are left out. */
export function withOutputs({ graph, roles, parameters }: Described, wanted: readonly string[]): Described {
  const keep = new Set(wanted.map((role) => roles[role]));
  const nodes: GraphNode[] = [];
  for (const node of [...graph.nodes].reverse()) {
    if (!keep.has(node.name)) continue;
    nodes.unshift(node);
    for (const input of node.inputs) keep.add(input);
  }
  return {
    graph: {
      ...graph,
      nodes,
      inputs: graph.inputs.filter(({ name }) => keep.has(name)),
      outputs: wanted.map((role) => roles[role]),
    },
    roles: Object.fromEntries(wanted.map((role) => [role, roles[role]])),
    parameters,
  };
}

/** Every parameter of a plan, once, in the order stem_cls, patch, classifier. */
export function describeParameters(plan: Plan): ParameterDescription[] {
  return [describeClassifierStem(plan), describePatch(plan, 1), describeClassifier(plan)].flatMap(
    ({ parameters }) => parameters,
  );
}
