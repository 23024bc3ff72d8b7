/** How lesions are spread in COVID-19 and in community-acquired pneumonia (Wang et al., IEEE TMI 40(9), 2021, Section
 *  III-B and Fig. 1): the few figures the simulator draws from. "Read off" figures were read off the published plot. */

export type Disease = 'covid19' | 'cap';

/** Shares of scans with 1, 2 … 9, and 10 or more lesions. CAP read off Fig. 1 (d). The COVID-19 bars read off
 *  add up to 0.92; by the text (55.2 % with four or more) what is missing has ten or more, and is added there. */
export const lesionCounts: Record<Disease, readonly number[]> = {
  covid19: [0.095, 0.198, 0.155, 0.121, 0.095, 0.043, 0.078, 0.043, 0.069, 0.103],
  cap: [0.548, 0.29, 0.065, 0.065, 0.032, 0, 0, 0, 0, 0],
};

/** Lesion volume over lung volume: shares of scans by bin, read off Fig. 1 (g) and halved (its bars add up to 200 %). */
export const lungShareEdges = [0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.14, 0.16, 0.18, 0.2, 1];
export const lungShares: Record<Disease, readonly number[]> = {
  covid19: [0.096, 0.056, 0.093, 0.065, 0.075, 0.102, 0.093, 0.084, 0.089, 0.069, 0.177],
  cap: [0.29, 0.29, 0.161, 0.129, 0.032, 0.065, 0, 0, 0, 0.032, 0],
};

/** Mean of Fig. 1 (g) by the text; the bars' last bin is filled so that it comes out. */
export const meanLungShare: Record<Disease, number> = { covid19: 0.143, cap: 0.044 };
