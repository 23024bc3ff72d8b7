/** Files from a drop or a picker, with their paths; folders are walked to their leaves. */
import type { FileProblem, SourceFile } from '../formats/series.ts';

export interface Collected {
  readonly files: readonly SourceFile[];
  /** Entries that the browser would not let us read. */
  readonly problems: readonly FileProblem[];
}

export function pickedFiles(list: FileList): Collected {
  return {
    files: Array.from(list, (file) => ({ name: file.webkitRelativePath || file.name, data: file })),
    problems: [],
  };
}

/** Must be called within the drop event: the browser forgets its items afterwards. */
export function droppedFiles(transfer: DataTransfer): Promise<Collected> {
  const items = Array.from(transfer.items).filter(({ kind }) => kind === 'file');
  const entries = items.map((item) => item.webkitGetAsEntry());
  // Files pasted or made by a script have no entry.
  const loose = items.filter((_, i) => !entries[i]).map((item) => item.getAsFile());
  return walk(
    entries.filter((entry) => entry !== null),
    loose.filter((file) => file !== null),
  );
}

async function walk(roots: readonly FileSystemEntry[], loose: readonly File[]): Promise<Collected> {
  const files: SourceFile[] = loose.map((file) => ({ name: file.name, data: file }));
  const problems: FileProblem[] = [];
  const queue = [...roots];
  for (let entry = queue.shift(); entry; entry = queue.shift()) {
    const name = entry.fullPath.replace(/^\//, '');
    try {
      if (entry.isDirectory) queue.push(...(await childrenOf(entry as FileSystemDirectoryEntry)));
      else files.push({ name, data: await fileOf(entry as FileSystemFileEntry) });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      problems.push({ fileName: name, message: `The browser cannot read this: ${why}` });
    }
  }
  return { files, problems };
}

const fileOf = (entry: FileSystemFileEntry) => new Promise<File>((resolve, reject) => entry.file(resolve, reject));

/** A reader gives a hundred entries at a time, and none when it is through. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const children: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return children;
    children.push(...some);
  }
}
