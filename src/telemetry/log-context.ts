import { AsyncLocalStorage } from 'node:async_hooks';

/** On whose behalf something is written to the log. */
export type LogContext = { readonly request_id: string } | { readonly run_id: string };

const contexts = new AsyncLocalStorage<LogContext>();

/** Every line that is written within the work, however deep and late, carries the context; that of the caller ends here. */
export const onBehalfOf = <T>(context: LogContext, work: () => T): T => contexts.run(context, work);

/** What the line that is being written carries. */
export const logContext = (): LogContext | object => contexts.getStore() ?? {};
