import { DuckDBInstance } from '@duckdb/node-api';
import { MACROS } from './macros.js';

export interface InstanceOptions {
  readonly threads: number;
  /** A size such as `1GB`: of the buffers, what is beside them comes on top. */
  readonly memoryLimit: string;
  /** What does not fit into memory goes there. */
  readonly spillFolder: string;
}

/** A DuckDB in memory as all of ours are. @param further settings, by the names that DuckDB has for them */
export async function openInstance(
  { threads, memoryLimit, spillFolder }: InstanceOptions,
  further: Readonly<Record<string, string>> = {},
): Promise<DuckDBInstance> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(threads),
    memory_limit: memoryLimit,
    temp_directory: spillFolder,
    // Nothing is fetched from the network at run time.
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    // The same files give the same rows in the same order: no more memory, and at most a tenth more time.
    preserve_insertion_order: 'true',
    errors_as_json: 'true',
    // It loses rows and invents one (duckdb issues 23675, 24363, 24708), and what it makes of a window cannot be spilled.
    disabled_optimizers: 'top_n_window_elimination',
    ...further,
  });
  const connection = await instance.connect();
  await connection.run("SET GLOBAL TimeZone = 'UTC'");
  for (const macro of MACROS) await connection.run(`CREATE MACRO ${macro}`);
  connection.disconnectSync();
  return instance;
}
