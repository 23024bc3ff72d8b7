/** The findings panel alone, at the width it has beside the images: of a chest of two ellipsoids with six patches, and
 *  of the same chest where no lesions were looked for. */
import { createRoot } from 'react-dom/client';
import '../src/app/app.css';
import { FindingsPanel } from '../src/app/panels/FindingsPanel.tsx';
import { measure } from '../src/findings/measure.ts';
import { readingDirection, type Grid } from '../src/volume/grid.ts';

const grid: Grid = { shape: [70, 90, 120], spacingMm: [4, 3, 3], originMm: [0, 0, 0], direction: readingDirection };
const [depth, rows, columns] = grid.shape;

/** How far within an ellipsoid: below 1 inside. */
type Ellipsoid = readonly [z: number, y: number, x: number, rz: number, ry: number, rx: number];
const within = ([cz, cy, cx, rz, ry, rx]: Ellipsoid, z: number, y: number, x: number) =>
  ((z - cz) / rz) ** 2 + ((y - cy) / ry) ** 2 + ((x - cx) / rx) ** 2;
const lungs: readonly Ellipsoid[] = [
  [35, 45, 32, 32, 36, 22],
  [35, 45, 88, 31, 36, 21],
];
const patches: readonly Ellipsoid[] = [
  [14, 64, 26, 6, 12, 12],
  [20, 60, 94, 8, 12, 12],
  [30, 50, 14, 5, 9, 5],
  [44, 52, 106, 5, 8, 5],
  [52, 50, 30, 4, 6, 6],
  [12, 40, 84, 3, 6, 6],
];

const count = depth * rows * columns;
const hu = new Int16Array(count);
const lung = new Uint8Array(count);
const lesion = new Uint8Array(count);
for (let z = 0, i = 0; z < depth; z++)
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++, i++) {
      lung[i] = lungs.findIndex((one) => within(one, z, y, x) < 1) + 1;
      const depthWithin = Math.min(...patches.map((patch) => within(patch, z, y, x)));
      lesion[i] = lung[i] !== 0 && depthWithin < 1 ? 1 : 0;
      const grain = ((i * 7919) % 241) - 120;
      hu[i] = grain + (lung[i] === 0 ? 40 : lesion[i] === 0 ? -860 : -150 - 600 * depthWithin);
    }

const onGrid = (labels: Uint8Array) => ({ grid, labels });
const { findings } = measure({ grid, hu }, onGrid(lung), onGrid(lesion));
const withheld = measure({ grid, hu }, onGrid(lung), null).findings;

createRoot(document.getElementById('root')!).render(
  <div style={{ display: 'flex', height: '100%', overflow: 'auto' }}>
    <aside className="panel" aria-label="With lesions">
      <FindingsPanel findings={findings} hasLesions />
    </aside>
    <aside className="panel" aria-label="Lungs alone">
      <FindingsPanel findings={withheld} hasLesions={false} />
    </aside>
  </div>,
);
