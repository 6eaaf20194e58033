import { join } from 'node:path';
import type { TestLake } from '../../fixtures/lake.js';
import { PythonEnvironment } from './python-environment.js';

export const DELTALAKE = ['deltalake==1.6.6', 'pyarrow==23.0.1', 'duckdb==1.5.5', 'duckdb-extension-delta==1.5.5'];

/** A table in order of its column `id`, every value as text. */
export interface SeenRows {
  readonly columns: readonly (readonly [name: string, type: string])[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** Other readers of Delta tables, held against ours: type for type and value for value. */
export class DeltaOracle {
  private constructor(private readonly python: PythonEnvironment) {}

  static async open(): Promise<DeltaOracle> {
    return new DeltaOracle(await PythonEnvironment.open('deltalake', DELTALAKE));
  }

  /** Expects that all who can read a table see the same in it. @returns what they see @param version the newest when not given */
  async agrees(lake: TestLake, table: string, version?: number): Promise<SeenRows> {
    const snapshot = await lake.another().snapshot(table, version === undefined ? undefined : { version });
    const found = await lake.query(snapshot, 'SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (SELECT * FROM t ORDER BY id)');
    const ours = unquoted({
      columns: snapshot.columns.map(({ name, type }) => [name, type]),
      rows: found.map((row) => Object.values(row) as string[]),
    });
    const script = join(import.meta.dirname, '..', 'deltalake', 'oracle.py');
    const folder = join(lake.folder, table.replace('.', '/'));
    const { duckdb, deltalake } = await this.python.run<{ duckdb: SeenRows; deltalake: SeenRows | null }>(
      ...([script, folder, String(snapshot.version)] as const),
    );
    expect(ours).toEqual(unquoted(duckdb));
    expect(snapshot.rows).toBe(ours.rows.length);
    if (deltalake) expect(unquoted(deltalake)).toEqual(ours);
    return duckdb;
  }

  run<T>(script: string, ...args: string[]): Promise<T> {
    return this.python.run<T>(join(import.meta.dirname, '..', 'deltalake', script), ...args);
  }
}

/** Names of fields stand in quotes here, and there only where they have to. */
const unquoted = ({ columns, rows }: SeenRows): SeenRows => ({
  columns: columns.map(([name, type]) => [name, type.replaceAll('"', '')]),
  rows,
});
