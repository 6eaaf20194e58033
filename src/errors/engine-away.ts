/** Codes of sockets, and of PostgreSQL (class 08, too many connections, stopping or starting), that pass by themselves. */
const PASSING = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|08\d{3}|53300|57P0[123])$/;
const TERMINATED = /^(Connection terminated|timeout exceeded when trying to connect)/;

/** Whether an unforeseen failure is that of an engine which cannot be reached now, and not a defect of ours. */
export function isEngineAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  return PASSING.test(code ?? '') || TERMINATED.test(error.message);
}
