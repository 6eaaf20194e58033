export interface StoredFile {
  /** Relative to the root of the storage, with `/` between its parts. */
  readonly path: string;
  readonly bytes: number;
  readonly modifiedAt: Date;
}

/**
 * Files under paths relative to a root (`silver/flights/part-0.parquet`). What is written is durable when the promise
 * resolves, and a reader sees the whole old file or the whole new one. A path that leaves the root is refused.
 * @throws {PathOutsideStorageError} from every method, for a path with `..`, an empty part or a NUL, or an absolute one
 */
export abstract class Storage {
  /** @throws {FileNotFoundError} */
  abstract read(path: string): Promise<Buffer>;

  /**
   * @param start first byte, from 0
   * @param end first byte no longer wanted; past the end of the file it means the end
   * @throws {FileNotFoundError}
   */
  abstract readRange(path: string, start: number, end: number): Promise<Buffer>;

  /** Puts the file there in one step, in place of what stood there. */
  abstract write(path: string, bytes: Buffer): Promise<void>;

  /** Puts the file there only if nothing is there: of many racers exactly one gets `true`. */
  abstract create(path: string, bytes: Buffer): Promise<boolean>;

  /**
   * @param prefix of the path as text: `silver/fl` finds `silver/flights/part-0.parquet`; empty for all
   * @param after only paths behind this one in their order, so that a long log need not be listed from its beginning
   * @returns every file whose path begins with the prefix, in order of path
   */
  abstract list(prefix: string, after?: string): Promise<StoredFile[]>;

  /**
   * @param folder a path; empty for the root
   * @returns the names of the folders directly below, in order; one that holds no file may be among them
   */
  abstract folders(folder: string): Promise<string[]>;

  /** True for a file; a folder is none. */
  abstract exists(path: string): Promise<boolean>;

  /** Removing what is not there is no error. */
  abstract remove(path: string): Promise<void>;

  /**
   * A new empty folder of this machine in which an engine may write files to be adopted. It is no part of the storage and
   * never listed. {@link discard} it when done; left-overs of a process that died are removed at the next start.
   */
  abstract stage(): Promise<string>;

  /** Removes a staged folder with what is left in it. */
  abstract discard(folder: string): Promise<void>;

  /** Moves a staged file of this machine to a path, in one step. */
  abstract adopt(localFile: string, path: string): Promise<void>;

  /**
   * Removes what writes of paths with a prefix left behind that never came to their end. Nobody sees it, but it takes room.
   * @param before what began later may still be under way
   * @returns how much there was
   */
  abstract removeUnfinished(prefix: string, before: Date): Promise<number>;

  /**
   * @param uri absolute and decoded, as other programs name a file of this storage: `file:///data/lake/a b`, a path of this
   *   machine, or `s3://bucket/prefix/a b`
   * @returns undefined for what is not below the root
   */
  abstract pathOf(uri: string): string | undefined;

  /** A file of this machine with the same bytes, for an engine that reads files. @throws {FileNotFoundError} */
  abstract localFile(path: string): Promise<string>;
}

/** Where tables live. */
export abstract class LakeStorage extends Storage {}

/** Where model artefacts live. */
export abstract class ModelStorage extends Storage {}
