/** Public collections as they come from where they are published, so that whoever holds one needs no table of its own. */
import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ClassName } from '../network/describe.ts';
import type { CohortCase, MaskColumn } from './cohort.ts';

interface Layout {
  readonly about: string;
  /** @param paths of all files and folders below the collection's folder, from there, with `/` */
  readonly cases: (paths: readonly string[]) => CohortCase[];
}

const unlabelled = { lungs: 'unknown', lesions: 'unknown', slices: null } as const;
const isNifti = (path: string) => /\.nii(\.gz)?$/.test(path);
const nameOf = (path: string) => basename(path).replace(/\.nii(\.gz)?$/, '');

/** `studies/CT-0/study_0001.nii.gz` to `CT-4`, and `masks/study_0255_mask.nii.gz` for fifty of them. CT-0 is without
 *  pneumonia. Morozov et al., 2020. */
const mosMedData: Layout = {
  about: 'MosMedData (COVID19_1110)',
  cases(paths) {
    const masks = new Map(paths.filter((path) => path.endsWith('_mask.nii.gz')).map((path) => [nameOf(path), path]));
    return paths.flatMap((path) => {
      const [, grade] = /CT-([0-4])\/study_\d+\.nii(?:\.gz)?$/.exec(path) ?? [];
      if (grade === undefined) return [];
      const id = nameOf(path);
      const drawn = masks.get(`${id}_mask`);
      const lesions: MaskColumn = drawn ? { file: drawn } : grade === '0' ? 'none' : 'unknown';
      return [{ ...unlabelled, id, ct: path, lesions, trueClass: grade === '0' ? 'nonPneumonia' : 'covid19' }];
    });
  },
};

/** Twenty scans, each with a mask of the same numbers in a folder of lung masks and one of infection masks. The ten from
 *  Radiopaedia are pictures: 0 to 255 for the window of -1250 to 250 HU. Ma et al., Zenodo 3757476. */
const zenodo20: Layout = {
  about: 'COVID-19 CT lung and infection segmentation (Zenodo 3757476)',
  cases(paths) {
    const kindOf = (path: string) =>
      /lung_and_infection/i.test(path)
        ? 'both'
        : /infection/i.test(path)
          ? 'lesions'
          : /lung/i.test(path)
            ? 'lungs'
            : 'ct';
    const files = new Map(paths.filter(isNifti).map((path) => [`${kindOf(path)} ${zenodoId(path)}`, path]));
    const mask = (kind: string, id: string): MaskColumn => {
      const file = files.get(`${kind} ${id}`);
      return file === undefined ? 'unknown' : { file };
    };
    return [...files].flatMap(([key, path]): CohortCase[] => {
      const [kind, id] = key.split(' ');
      if (kind !== 'ct' || id === 'null') return [];
      const masks = { lungs: mask('lungs', id), lesions: mask('lesions', id), slices: null };
      const window = id.startsWith('radiopaedia') ? { greyWindowHu: [-1250, 250] as const } : {};
      return [{ id, ct: path, ...masks, trueClass: 'covid19', ...window }];
    });
  },
};

/** Scans and masks write the same numbers with other words between them. */
function zenodoId(path: string): string | null {
  const [, coronacase] = /^coronacases\D*(\d+)$/.exec(nameOf(path)) ?? [];
  const [, radiopaedia] = /^radiopaedia.*?(\d+_\d+_\d+)/.exec(nameOf(path)) ?? [];
  return coronacase ? `coronacases_${coronacase}` : radiopaedia ? `radiopaedia_${radiopaedia}` : null;
}

/** A folder of DICOM files for each patient: `COVID-19 Cases/P001`, `Cap Cases/cap001`, `Normal Cases/normal001`
 *  (`subjects` in the published samples). Lesions have no masks; what was said of slices is not read from its arrays.
 *  Afshar et al., 2021. */
const covidCtMd: Layout = {
  about: 'COVID-CT-MD',
  cases: (paths) =>
    paths.flatMap((path): CohortCase[] => {
      const [, folder, id] = /(?:^|\/)(covid-19|cap|normal) (?:cases|subjects)\/([^/]+)$/i.exec(path) ?? [];
      if (folder === undefined || id.includes('.')) return [];
      const trueClass = covidCtMdClasses[folder.toLowerCase()];
      return [{ ...unlabelled, id, ct: path, trueClass, lesions: trueClass === 'nonPneumonia' ? 'none' : 'unknown' }];
    }),
};
const covidCtMdClasses: Readonly<Record<string, ClassName>> = {
  'covid-19': 'covid19',
  cap: 'cap',
  normal: 'nonPneumonia',
};

export const layouts: Readonly<Record<string, Layout>> = {
  mosmed: mosMedData,
  'zenodo-20': zenodo20,
  'covid-ct-md': covidCtMd,
};

/** @param name a key of `layouts`
 *  @throws Error for another name, or where the folder holds no case of that collection */
export async function readLayout(name: string, folder: string): Promise<CohortCase[]> {
  const layout = Object.hasOwn(layouts, name) ? layouts[name] : null;
  if (!layout) throw new Error(`Known layouts are ${Object.keys(layouts).join(', ')}.`);
  const paths = (await readdir(folder, { recursive: true })).map((path) => path.replaceAll('\\', '/')).sort();
  const cases = layout.cases(paths);
  if (cases.length === 0) throw new Error(`${folder} holds no case laid out as ${layout.about} comes.`);
  return cases;
}
