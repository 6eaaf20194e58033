import type { EntityManager } from 'typeorm';

/** A process that is frozen in the middle of a transaction may hold its locks for no longer than a lease: then its session ends. */
export async function endWhenFrozen(transaction: EntityManager, leaseMs: number): Promise<void> {
  await transaction.query(`select set_config('idle_in_transaction_session_timeout', $1, true)`, [String(leaseMs)]);
}
