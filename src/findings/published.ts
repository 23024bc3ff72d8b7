/** What the DeepSC-COVID paper published of lesions: Wang et al., IEEE TMI 40(9):2463-2476, 2021,
 *  doi 10.1109/TMI.2021.3079709, Section III-B and Fig. 1. It describes that database, scans of one hospital with
 *  expert masks; nothing here is a cut-off. */

/** The paper's two classes with lesions. */
export type PublishedClass = 'covid19' | 'cap';
export type PerClass<T> = Readonly<Record<PublishedClass, T>>;

export type PublishedKind = 'text' | 'read off Fig. 1' | 'text and read off Fig. 1';

interface Published {
  readonly kind: PublishedKind;
  /** What a reader must know before comparing. */
  readonly caveat?: string;
}
type PublishedValue = Published & PerClass<number>;

/** Histograms hold shares of the scans. */
interface PublishedHistogram extends Published, PerClass<readonly number[]> {}

interface PublishedBand {
  readonly mean: readonly number[];
  readonly standardDeviation: readonly number[];
}

export const publishedScans: PerClass<number> = { covid19: 794, cap: 540 };

export const lesionCountMean: PublishedValue = { kind: 'text', covid19: 4.4, cap: 1.7 };
export const fourOrMoreLesions = { kind: 'text', covid19: 0.552 } as const;
export const oneLesion = { kind: 'text', cap: 0.548 } as const;

/** Of scans with 1, 2, … 9, and 10 or more lesions. */
export const lesionCountHistogram: PublishedHistogram = {
  kind: 'read off Fig. 1',
  caveat:
    'The bars for COVID-19 add up to 92 %; by the text, the missing 8 % have 4 or more lesions. The paper does not define what counts as one lesion.',
  covid19: [0.095, 0.198, 0.155, 0.121, 0.095, 0.043, 0.078, 0.043, 0.069, 0.026],
  cap: [0.548, 0.29, 0.065, 0.065, 0.032, 0, 0, 0, 0, 0],
};

export const lesionVolumeRatioMean: PublishedValue = { kind: 'text', covid19: 0.143, cap: 0.044 };
export const largeRatio = 0.12;
/** Share of the scans above `largeRatio`; the paper says "more than" of COVID-19. */
export const overLargeRatio: PublishedValue = { kind: 'text', covid19: 0.5, cap: 0.05 };

/** Lower edges of the bins of LVR; the last holds all above. */
export const ratioEdges: readonly number[] = [0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.14, 0.16, 0.18, 0.2];
export const ratioHistogram: PublishedHistogram = {
  kind: 'read off Fig. 1',
  caveat: 'The published bars add up to 200 % in each class and are shown halved; halved, they agree with the text.',
  covid19: [0.096, 0.056, 0.093, 0.065, 0.075, 0.102, 0.093, 0.084, 0.089, 0.069, 0.177],
  cap: [0.29, 0.29, 0.161, 0.129, 0.032, 0.065, 0, 0, 0, 0.032, 0],
};

export interface BoxRange {
  readonly widthMm: readonly [number, number];
  readonly lengthMm: readonly [number, number];
  readonly heightMm: readonly [number, number];
}
/** Ranges that hold over 90 % of the lesions: width right to left, length front to back, height feet to head. */
export const boxRanges: Published & PerClass<BoxRange> = {
  kind: 'text',
  covid19: { widthMm: [15, 140], lengthMm: [15, 170], heightMm: [30, 240] },
  cap: { widthMm: [35, 105], lengthMm: [42, 105], heightMm: [85, 160] },
};

/** CT numbers within lesions, as the vertical unit of Fig. 1 (f) has them: the shape alone says something. */
export const lesionHuCurve: PublishedHistogram & { readonly hu: readonly number[] } = {
  kind: 'read off Fig. 1',
  caveat:
    'The paper’s lesion masks include much air: the range -960 to -600 HU, which it gives for COVID-19, also holds about nine tenths of healthy lung. Only the shapes can be compared.',
  hu: Array.from({ length: 26 }, (_, i) => -1050 + 50 * i),
  // prettier-ignore
  covid19: [0.0004, 0.0031, 0.0104, 0.0176, 0.018, 0.0142, 0.0109, 0.0083, 0.0065, 0.0054, 0.0045, 0.0038, 0.0033,
    0.0029, 0.0025, 0.0022, 0.002, 0.0018, 0.0017, 0.0016, 0.0015, 0.0015, 0.0015, 0.0012, 0.0007, 0.0003],
  // prettier-ignore
  cap: [0.0004, 0.0031, 0.008, 0.0115, 0.0125, 0.0114, 0.0096, 0.0075, 0.0058, 0.0047, 0.0039, 0.0033, 0.0029,
    0.0026, 0.0023, 0.0022, 0.0022, 0.0021, 0.0021, 0.0021, 0.0026, 0.0049, 0.0082, 0.0067, 0.0029, 0.0012],
};

/** Spread of the lesions' box centres by LVR: lower edges of the bins, the last holds all above. */
export const spreadEdges: readonly number[] = [0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.12];
export const centreSpread: Published & PerClass<PublishedBand> = {
  kind: 'text and read off Fig. 1',
  caveat:
    'The paper gives no unit; millimetres are assumed. Its values for CAP, mostly scans with one lesion, must rest on another definition than ours. 86.0 and 15.6 at an LVR of 4 to 6 % stand in the text.',
  covid19: {
    mean: [113.9, 110.1, 86.0, 87.1, 94.9, 84.1, 76.8],
    standardDeviation: [23.8, 20.7, 15.7, 18.7, 18.3, 19.2, 15.9],
  },
  cap: {
    mean: [41.0, 53.5, 15.6, 40.0, 47.0, 46.2, 17.8],
    standardDeviation: [6.6, 8.8, 2.5, 6.7, 8.3, 7.3, 3.7],
  },
};
/** Where the text compares the spread: LVR from 4 to 6 %. */
export const spreadComparableAt = { leastRatio: 0.04, mostRatio: 0.06, leastLesions: 2 } as const;

/** PLR by thickness of the rim. */
export const peripheralBand: Published & PerClass<PublishedBand> & { readonly thicknessMm: readonly number[] } = {
  kind: 'text and read off Fig. 1',
  caveat: 'The text’s 62.4 % and 24.5 % name no thickness; Fig. 1 (i) places both at 24.5 mm.',
  thicknessMm: [0, 3.5, 7, 10.5, 14, 17.5, 21, 24.5, 28, 31.5, 35],
  covid19: {
    mean: [0, 0.043, 0.146, 0.253, 0.366, 0.459, 0.55, 0.624, 0.694, 0.752, 0.806],
    standardDeviation: [0, 0.034, 0.084, 0.119, 0.141, 0.152, 0.157, 0.154, 0.15, 0.142, 0.131],
  },
  cap: {
    mean: [0, 0.015, 0.051, 0.089, 0.126, 0.171, 0.211, 0.245, 0.281, 0.312, 0.342],
    standardDeviation: [0, 0.009, 0.028, 0.043, 0.055, 0.064, 0.07, 0.072, 0.072, 0.069, 0.066],
  },
};
