import type { WindowSetting } from './contract.ts';

export interface WindowPreset extends WindowSetting {
  readonly key: string;
  readonly name: string;
}

/** Keys and values a reader knows from other workstations; 9 is the network's own clip, so that one can see
 *  what it saw. 0 (from the header) is not here, as it comes with the series. */
export const windowPresets = [
  { key: '1', name: 'Soft tissue, mediastinum', widthHu: 400, levelHu: 40 },
  { key: '2', name: 'Lung', widthHu: 1500, levelHu: -600 },
  { key: '3', name: 'Bone', widthHu: 2500, levelHu: 480 },
  { key: '4', name: 'Lung, wide', widthHu: 1600, levelHu: -400 },
  { key: '5', name: 'Liver, upper abdomen', widthHu: 150, levelHu: 90 },
  { key: '6', name: 'CT angiography', widthHu: 600, levelHu: 300 },
  { key: '7', name: 'Lung, as in Slicer and OsiriX', widthHu: 1400, levelHu: -500 },
  { key: '9', name: 'What the network saw', widthHu: 1600, levelHu: -600 },
] as const satisfies readonly WindowPreset[];

/** Where every study opens. */
export const openingWindow: WindowPreset = windowPresets[1];
