/** How one picture's values are asked for. Who decodes is handed in: the page brings Cornerstone's codecs. */
import type { FrameHeader } from './frameHeader.ts';

export type DecodedValues = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array;

/** @returns stored values, rows x columns, before the header's slope and intercept
 *  @throws UnreadablePicture, or the signal's reason when cancelled */
export type DecodeFrame = (file: Blob, frame: FrameHeader, signal?: AbortSignal) => Promise<DecodedValues>;

/** What a file is at fault for, in words for the reader. */
export class UnreadablePicture extends Error {}
