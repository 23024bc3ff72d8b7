import type { PaneName } from '../viewer/contract.ts';

export interface Layout {
  readonly name: string;
  readonly panes: readonly PaneName[];
  /** Beside the panes. */
  readonly lesionList?: boolean;
}

export const layouts = {
  read: { name: 'Read', panes: ['axial', 'coronal', 'sagittal'] },
  quad: { name: 'Quad', panes: ['axial', 'coronal', 'sagittal', 'volume3d'] },
  axial: { name: 'Axial only', panes: ['axial'] },
  lesions: { name: '3D and lesion list', panes: ['volume3d', 'axial'], lesionList: true },
  pair: { name: 'Pair: clean beside overlay', panes: ['axial-clean', 'axial'] },
} as const satisfies Record<string, Layout>;

export type LayoutName = keyof typeof layouts;
export const layoutNames = Object.keys(layouts) as LayoutName[];

/** @param by steps forward, or back where negative; past the end it starts anew */
export function layoutAfter(layout: LayoutName, by: number): LayoutName {
  const count = layoutNames.length;
  return layoutNames[(layoutNames.indexOf(layout) + by + count) % count];
}
