/** Does this scan fit what the network was made for? Stands before any number. */

/** Starting values; `docs/findings.md` tells where they come from. */
export const fitnessLimits = {
  /** Thicker slices hide small ground glass. */
  cautionThicknessMm: 3,
  stopThicknessMm: 10,
  /** The lungs alone are about 200 to 350 mm high. */
  cautionCoverageMm: 180,
  adultYears: 18,
} as const;

/** What the header, the geometry guard and the lungs say of a scan. */
export interface ScanFacts {
  /** DICOM's two letters; empty for NIfTI. */
  readonly modality: string;
  readonly thicknessMm: number | null;
  readonly spacingMm: number | null;
  readonly coverageMm: number;
  readonly kernel: string;
  /** What the header says was injected; empty where it names nothing. */
  readonly contrast: string;
  /** yyyy-mm-dd, or empty. */
  readonly birthDate: string;
  readonly date: string;
  readonly geometryNotes: readonly { readonly severity: 'corrected' | 'warning' | 'info'; readonly message: string }[];
  readonly lungNotes: readonly { readonly code: string; readonly message: string }[];
  /** In the lungs found; null where there are none. */
  readonly lungsFound: boolean;
}

export type Verdict = 'pass' | 'caution' | 'stop';
export interface FitnessCheck {
  readonly name: string;
  /** `stop`: no scores. */
  readonly verdict: Verdict;
  readonly message: string;
}

/** One row for each thing looked at, in the order of a radiologist's own check. */
export function fitnessChecks(scan: ScanFacts): FitnessCheck[] {
  const looks = [modality, lungs, coverage, geometry, thickness, kernel, contrast, age];
  return looks.map((look) => look(scan));
}

/** The worst of all checks. */
export function verdictOf(checks: readonly FitnessCheck[]): Verdict {
  const verdicts = checks.map((check) => check.verdict);
  return verdicts.includes('stop') ? 'stop' : verdicts.includes('caution') ? 'caution' : 'pass';
}

const check = (name: string, verdict: Verdict, message: string): FitnessCheck => ({ name, verdict, message });

function modality(scan: ScanFacts): FitnessCheck {
  if (scan.modality === 'CT') return check('Modality', 'pass', 'CT');
  return scan.modality === ''
    ? check('Modality', 'caution', 'The file does not say that it is CT; its values were taken for Hounsfield units.')
    : check('Modality', 'stop', `This is ${scan.modality}, not CT.`);
}

const cutCodes: readonly string[] = ['cut-at-top', 'cut-at-bottom', 'cut-at-side', 'right-only', 'left-only'];

function lungs({ lungsFound, lungNotes }: ScanFacts): FitnessCheck {
  if (!lungsFound) return check('Lungs', 'stop', 'No lungs were found.');
  if (lungNotes.length === 0) return check('Lungs', 'pass', 'Both lungs found, whole');
  const words = lungNotes.map((note) => note.message).join(' ');
  const isCut = lungNotes.some(({ code }) => cutCodes.includes(code));
  return check('Lungs', 'caution', isCut ? `Not the whole of both lungs. ${words}` : words);
}

function coverage({ coverageMm }: ScanFacts): FitnessCheck {
  const words = `${Math.round(coverageMm)} mm from feet to head`;
  return coverageMm < fitnessLimits.cautionCoverageMm
    ? check('Coverage', 'caution', `${words}: short for a whole chest.`)
    : check('Coverage', 'pass', words);
}

function geometry({ geometryNotes }: ScanFacts): FitnessCheck {
  const odd = geometryNotes.filter((note) => note.severity !== 'info');
  return odd.length === 0
    ? check('Geometry', 'pass', 'Even slices, no tilt, no gap')
    : check('Geometry', 'caution', odd.map((note) => note.message).join(' '));
}

function thickness({ thicknessMm, spacingMm }: ScanFacts): FitnessCheck {
  const { cautionThicknessMm, stopThicknessMm } = fitnessLimits;
  const mm = Math.max(thicknessMm ?? 0, spacingMm ?? 0);
  if (mm === 0) return check('Slices', 'caution', 'The header does not say how thick the slices are.');
  const words = `${Number(mm.toFixed(2))} mm`;
  if (mm > stopThicknessMm) return check('Slices', 'stop', `${words}: too thick to be read by the network.`);
  return mm > cautionThicknessMm
    ? check('Slices', 'caution', `${words}: small or faint lesions can be missed.`)
    : check('Slices', 'pass', words);
}

function kernel(scan: ScanFacts): FitnessCheck {
  return scan.kernel === ''
    ? check('Kernel', 'caution', 'The header does not name the reconstruction kernel.')
    : check('Kernel', 'pass', scan.kernel);
}

function contrast(scan: ScanFacts): FitnessCheck {
  return scan.contrast === ''
    ? check('Contrast', 'pass', 'None in the header')
    : check('Contrast', 'caution', 'Contrast was given: enhanced vessels and tissue may be called lesion.');
}

function age({ birthDate, date }: ScanFacts): FitnessCheck {
  const years = yearsBetween(birthDate, date);
  if (years === null) return check('Age', 'caution', 'The age is not known; the network was made for adults.');
  return years < fitnessLimits.adultYears
    ? // Without the years: files that bear no patient carry this too.
      check('Age', 'caution', `Under ${fitnessLimits.adultYears} years: the network was made for adults.`)
    : check('Age', 'pass', `${years} years`);
}

/** Whole years; null where one of the dates is missing or they make no sense. */
function yearsBetween(from: string, to: string): number | null {
  if (!from || !to || to < from) return null;
  const years = Number(to.slice(0, 4)) - Number(from.slice(0, 4));
  return to.slice(5) < from.slice(5) ? years - 1 : years;
}
