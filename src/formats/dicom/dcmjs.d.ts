/** What we use of dcmjs, which ships no types. */
declare module 'dcmjs' {
  interface Element {
    vr: string;
    Value: unknown[];
  }
  /** Attributes by keyword; sequences are arrays of such; `_vrMap` names representations that the dictionary leaves
   *  open (pixel data). */
  type NaturalDataset = Record<string, unknown>;
  const dcmjs: {
    data: {
      DicomDict: new (meta: Record<string, Element>) => {
        dict: Record<string, Element>;
        write(): ArrayBuffer;
      };
      DicomMetaDictionary: {
        denaturalizeDataset(dataset: NaturalDataset): Record<string, Element>;
      };
    };
  };
  export default dcmjs;
}
