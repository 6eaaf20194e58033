import { InvalidChangeError, StaleWriterError } from '../delta.errors.js';
import type { ChangeRequest, Transaction } from '../delta.types.js';
import type { TableState } from '../log/table-state.js';

/** @throws {InvalidChangeError} when an application is there twice: a commit records one version of it */
export function transactionsOf(table: string, { txn = [] }: ChangeRequest): readonly Transaction[] {
  const txns = 'appId' in txn ? [txn] : txn;
  if (new Set(txns.map(({ appId }) => appId)).size === txns.length) return txns;
  throw new InvalidChangeError(`A commit of table "${table}" can record one version for an application, and was given several.`);
}

/**
 * @returns whether all is recorded already, so that nothing is left to do
 * @throws {StaleWriterError} when part of it is, or something else than what the transactions follow
 */
export function isRecorded(table: string, state: TableState | undefined, txns: readonly Transaction[]): boolean {
  if (txns.length === 0) return false;
  const recorded = txns.map((txn) => isIn(state, txn));
  if (!recorded.includes(false)) return true;
  txns.forEach((txn, index) => {
    const found = state?.recorded(txn.appId) ?? null;
    const follows = txn.previous === undefined ? !recorded[index] : found === txn.previous;
    if (!follows) throw new StaleWriterError(table, txn, found);
  });
  return false;
}

function isIn(state: TableState | undefined, { appId, version, previous }: Transaction): boolean {
  const found = state?.recorded(appId);
  if (found === undefined) return false;
  return previous === undefined ? found >= version : found === version && found !== previous;
}
