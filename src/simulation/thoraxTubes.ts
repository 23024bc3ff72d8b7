/** Bones, great vessels and airways of the simulated thorax, as tubes. Points are [z, y, x, radius] in its millimetres. */
import type { PointMm } from './lungSpace.ts';
import { cavity, ovalLevel, type Thorax } from './thorax.ts';
import { pipe, type Tube } from './tubes.ts';

const cortexHu = 620;
const marrowHu = 190;
const cartilageHu = 105;
const bloodHu = 43;
const wallHu = 30;
const airHu = -1000;
/** Between one vertebra and the next. */
export const vertebraMm = 22.5;
/** Middle of the first thoracic vertebra. */
const firstVertebraMm = 240;

export function bones(thorax: Thorax): Tube[] {
  const ribs = Array.from({ length: 12 }, (_, i) => [-1, 1].flatMap((side) => rib(thorax, i, side))).flat();
  return [
    ...ribs,
    ...sternum(thorax),
    ...[-1, 1].flatMap((side) => [...clavicle(side), ...scapula(thorax, side)]),
    ...arches(),
  ];
}

/** Cortex around marrow. */
function bone(points: readonly (readonly [number, number, number, number])[], height = 1): Tube[] {
  const inner = points.map(([z, y, x, radius]) => [z, y, x, Math.max(0.5, radius - 1.5)] as const);
  return [...pipe(points, cortexHu, height), ...pipe(inner, marrowHu, height)];
}

/** From the vertebra round the cavity and down; the first seven reach the sternum by cartilage that rises again. */
function rib(thorax: Thorax, i: number, side: number): Tube[] {
  const start = firstVertebraMm - i * vertebraMm;
  const drop = [16, 40, 58, 68, 74, 78, 80, 80, 76, 68, 40, 20][i];
  const end = [128, 138, 142, 144, 144, 142, 138, 130, 118, 104, 72, 48][i];
  const around = (degrees: number, z: number): PointMm => {
    const angle = (degrees * Math.PI) / 180;
    const oval = cavity(thorax, z);
    const [dx, dy] = [Math.sin(angle), Math.cos(angle)];
    const reach = 1 / ovalLevel({ ...oval, x: 0, y: 0 }, dy, dx) + 5.5;
    return [z, oval.y + reach * dy, side * reach * dx];
  };
  const points: [number, number, number, number][] = [[start, 72, side * 16, 4]];
  for (let degrees = 18; degrees <= end; degrees += 4) {
    const t = (degrees - 18) / (end - 18 || 1);
    const at = around(degrees, start - drop * t ** 0.9);
    points.push([...at, 4.3]);
  }
  const tubes = bone(points, 1.55);
  if (i > 9) return tubes;
  const [z, y, x] = points[points.length - 1];
  const target = Math.max(105, Math.min(222, z + (i < 2 ? -4 : 18)));
  const front = sternumY(thorax, target);
  const middle = i > 6 ? [z + 12, y - 12, x * 0.72] : [target - 2, front + 4, side * 16];
  const half = [(z + middle[0]) / 2 - 5, (y + middle[1]) / 2 - 5, (x + middle[2]) / 2];
  return [
    ...tubes,
    ...pipe(
      [
        [z, y, x, 4.6],
        [half[0], half[1], half[2], 4.8],
        [middle[0], middle[1], middle[2], 4.6],
      ],
      cartilageHu,
      1.3,
    ),
  ];
}

function sternumY(thorax: Thorax, z: number): number {
  const oval = cavity(thorax, z);
  return oval.y - oval.front - 7;
}

function sternum(thorax: Thorax): Tube[] {
  const strip = (x: number, low: number, high: number) =>
    bone(
      Array.from({ length: 8 }, (_, i) => {
        const z = low + ((high - low) * i) / 7;
        return [z, sternumY(thorax, z), x, 5.4] as const;
      }),
    );
  const strips = [
    ...[-11, -7, -3, 1, 5, 9].map((x) => strip(x, 88, 196)),
    ...[-20, -15, -10, -5, 0, 5, 10, 15, 20].map((x) => strip(x, 199, 226)),
  ].flat();
  /** All of the cortex before any marrow, so that no strip walls off the next. */
  return [...strips.filter(({ hu }) => hu === cortexHu), ...strips.filter(({ hu }) => hu === marrowHu)];
}

function clavicle(side: number): Tube[] {
  return bone([
    [224, -58, side * 20, 8],
    [236, -56, side * 50, 6],
    [246, -38, side * 95, 5.5],
    [256, -12, side * 140, 6],
  ]);
}

/** A thin blade behind the ribs, its spine and the joint's socket. */
function scapula(thorax: Thorax, side: number): Tube[] {
  const tubes: Tube[] = [];
  for (let z = 118; z <= 238; z += 3) {
    const oval = cavity(thorax, Math.min(z, 175));
    const width = 22 + 34 * Math.min(1, (z - 112) / 50);
    const angle = 0.62;
    const middle: PointMm = [z, oval.y + 0.72 * oval.back + 10, side * (0.72 * oval.halfWidth + 18)];
    const [dy, dx] = [-Math.sin(angle) * width, Math.cos(angle) * width];
    tubes.push(
      ...pipe(
        [
          [z, middle[1] - 0.5 * dy, middle[2] - side * 0.5 * dx, 2.2],
          [z, middle[1] + 0.5 * dy, middle[2] + side * 0.5 * dx, 2.6],
        ],
        420,
      ),
    );
  }
  tubes.push(
    ...bone([
      [214, 88, side * 84, 4],
      [230, 80, side * 130, 5],
      [240, 46, side * 158, 6],
    ]),
  );
  tubes.push(
    ...bone([
      [232, 34, side * 140, 9],
      [238, 30, side * 150, 11],
    ]),
  );
  return [
    ...tubes,
    ...bone([
      [244, 18, side * 172, 19],
      [268, 0, side * 178, 17],
    ]),
  ];
}

/** Pedicles, laminae, transverse and spinous processes of each vertebra. */
function arches(): Tube[] {
  return Array.from({ length: 19 }, (_, i) => firstVertebraMm + 22.5 - i * vertebraMm).flatMap((z) => [
    ...[-1, 1].flatMap((side) =>
      bone([
        [z + 4, 76, side * 13, 4.2],
        [z + 2, 88, side * 12, 3.6],
        [z - 4, 96, side * 3, 3.2],
      ]),
    ),
    ...[-1, 1].flatMap((side) =>
      bone([
        [z + 3, 88, side * 12, 3.8],
        [z + 5, 94, side * 32, 4],
      ]),
    ),
    ...bone(
      [
        [z - 3, 97, 0, 3],
        [z - 17, 110, 0, 2.8],
      ],
      1.4,
    ),
  ]);
}

/** Ends of the great vessels and airways at the hila, where the trees of the lungs begin. */
export const hila = {
  artery: { right: [108, 8, -48], left: [118, 14, 48] },
  vein: { right: [86, 18, -40], left: [86, 18, 42] },
} as const;

export function greatVessels(contrastHu = bloodHu): Tube[] {
  const blood = (...points: (readonly [number, number, number, number])[]) => pipe(points, contrastHu);
  return [
    ...blood(
      [92, -16, 4, 15],
      [120, -22, -12, 16],
      [145, -16, -16, 15],
      [157, 0, -6, 14],
      [162, 16, 8, 13.5],
      [157, 34, 20, 13],
      [140, 44, 24, 12.5],
      [60, 46, 24, 12],
      [0, 44, 17, 11],
      [-140, 42, 8, 10],
      [-300, 40, 4, 9],
    ),
    ...blood([88, -44, 8, 13], [106, -38, 16, 13.5], [119, -18, 24, 12.5], [123, 4, 36, 10.5], [118, 14, 48, 8.5]),
    ...blood([112, -26, 16, 11], [113, -2, -8, 10], [112, 4, -30, 9.5], [108, 8, -48, 8]),
    ...blood(
      [70, -10, -32, 10],
      [82, -14, -31, 9],
      [150, -16, -30, 9],
      [175, -22, -28, 8],
      [205, -20, -36, 6.5],
      [245, -8, -46, 6],
    ),
    ...blood([172, -26, -26, 7], [184, -40, -4, 6.5], [196, -36, 26, 6.5], [220, -24, 42, 6]),
    ...blood([158, -4, -8, 7], [195, -10, -16, 6.5], [228, -2, -26, 5], [265, -4, -32, 4]),
    ...blood([162, 8, 4, 4.5], [200, 2, 14, 4], [265, -2, 26, 3.8]),
    ...blood([160, 18, 12, 5.5], [215, 16, 28, 5], [242, 6, 44, 4.5]),
    ...blood([88, 16, -24, 19], [88, 16, 24, 18]),
    ...blood([88, 16, -28, 8], [86, 18, -40, 6]),
    ...blood([88, 16, 28, 8], [86, 18, 42, 6]),
    ...blood([-300, 22, -16, 10], [-140, 14, -18, 11], [20, 8, -22, 12], [50, 0, -26, 13]),
    ...blood([0, 62, -9, 3.5], [150, 52, -13, 4], [160, 30, -20, 4], [152, -4, -28, 4]),
    ...pipe(
      [
        [270, 24, 6, 6],
        [150, 34, 6, 6.5],
        [60, 34, 9, 7.5],
        [20, 28, 14, 8],
        [-20, 6, 34, 9],
      ],
      38,
    ),
    ...pipe(
      [
        [230, 24, 6, 1.5],
        [170, 33, 6, 1.2],
      ],
      -300,
    ),
  ];
}

const lumens = [
  [
    [275, 6, 0, 8.2],
    [205, 12, 0, 8.4],
    [144, 21, -2, 8],
  ],
  [
    [144, 21, -3, 7.2],
    [128, 22, -26, 6.6],
    [112, 17, -46, 5.2],
  ],
  [
    [144, 21, 1, 6.4],
    [130, 25, 24, 5.8],
    [121, 22, 48, 4.6],
  ],
] as const;

/** Walls first, then the air. */
export function airways(): Tube[] {
  const walls = lumens.flatMap((points) =>
    pipe(
      points.map(([z, y, x, radius]) => [z, y, x, radius + 1.4] as const),
      wallHu,
    ),
  );
  return [...walls, ...lumens.flatMap((points) => pipe(points, airHu))];
}
