import { join } from 'node:path';
import { sparkWithDelta } from '../test/interop/servers/spark-session.js';
import { Contender } from './contender.js';

const PEER = join(import.meta.dirname, '../../bench/peers/spark.py');

/** Spark with Delta, ready to work. @param folder for what it spills */
export async function startSpark(folder: string): Promise<Contender> {
  const { python, jars } = await sparkWithDelta();
  const spark = Contender.start(python, ['-B', PEER, jars, folder]);
  await spark.ask('ready');
  return spark;
}
