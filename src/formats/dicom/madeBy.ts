import type { DataSet } from 'dicom-parser';
import { dateOf, textOf } from './text.ts';

/** What made a derived object and when, as its header says; empty where it does not. */
export interface Made {
  /** Maker and model of the program. */
  readonly by: string;
  /** yyyy-mm-dd hh:mm, with UTC where the header says that it is. */
  readonly on: string;
}

export function madeOf(dataSet: DataSet): Made {
  const texts = (...tags: string[]) => tags.map((tag) => textOf(dataSet, tag));
  const date = dateOf(dataSet, 'x00080023') || dateOf(dataSet, 'x00080012');
  const time = /^(\d\d)(\d\d)/.exec(textOf(dataSet, 'x00080033'));
  const zone = textOf(dataSet, 'x00080201');
  return {
    by: texts('x00080070', 'x00081090').filter(Boolean).join(', '),
    on: [date, date && time && `${time[1]}:${time[2]}`, time && zone && (zone === '+0000' ? 'UTC' : zone)]
      .filter(Boolean)
      .join(' '),
  };
}
