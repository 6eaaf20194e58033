const DIGITS = 20;
/** A checkpoint of the second kind: a UUID tells it from another writer's of the same version. */
const NAMED = /^(\d{20})\.checkpoint\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.(?:json|parquet)$/;

/** A complete checkpoint: where its files are, several Parquet files or one that may be JSON and may name sidecars. */
export interface CheckpointFiles {
  readonly version: number;
  readonly paths: readonly string[];
}

const padded = (version: number): string => String(version).padStart(DIGITS, '0');

/** The names of a table's log, all relative to the storage that holds the table's folder. */
export class LogFiles {
  readonly folder: string;
  readonly sidecarFolder: string;
  readonly lastCheckpoint: string;

  constructor(readonly tableFolder: string) {
    this.folder = `${tableFolder}/_delta_log/`;
    this.sidecarFolder = `${this.folder}_sidecars/`;
    this.lastCheckpoint = `${this.folder}_last_checkpoint`;
  }

  entry(version: number): string {
    return `${this.folder}${padded(version)}.json`;
  }

  checkpoint(version: number): string {
    return `${this.folder}${padded(version)}.checkpoint.parquet`;
  }

  /** A checkpoint in so many parts, which others write. */
  checkpointParts(version: number, parts: number): string[] {
    const part = (number: number): string => String(number).padStart(10, '0');
    return Array.from(
      { length: parts },
      (_, index) => `${this.folder}${padded(version)}.checkpoint.${part(index + 1)}.${part(parts)}.parquet`,
    );
  }

  /** @param uri as a checkpoint names it: mostly the bare name of the file */
  sidecar(uri: string): string {
    return `${this.sidecarFolder}${decodeURIComponent(uri).split('/').at(-1)}`;
  }

  /** The beginning of every name of the 10, 100, … versions around one: `digits` are left open at the end. */
  neighbourhood(version: number, digits: number): string {
    return this.folder + padded(version).slice(0, DIGITS - digits);
  }

  /** @returns the version of a log entry's path; undefined for anything else */
  versionOf(path: string): number | undefined {
    const match = /^(\d{20})\.json$/.exec(path.slice(this.folder.length));
    return match ? Number(match[1]) : undefined;
  }

  /** @returns the complete checkpoints among some paths, newest first */
  checkpointsAmong(paths: readonly string[]): CheckpointFiles[] {
    const present = new Set(paths);
    const found = paths.flatMap((path): CheckpointFiles[] => {
      const name = path.slice(this.folder.length);
      const match = /^(\d{20})\.checkpoint(?:\.0{9}1\.(\d{10}))?\.parquet$/.exec(name) ?? NAMED.exec(name);
      if (!match) return [];
      const version = Number(match[1]);
      return [{ version, paths: match[2] ? this.checkpointParts(version, Number(match[2])) : [path] }];
    });
    return found
      .filter((checkpoint) => checkpoint.paths.every((path) => present.has(path)))
      .sort((a, b) => b.version - a.version);
  }
}
