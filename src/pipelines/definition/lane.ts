/** No pipeline may be named so. */
export const JOB_PREFIX = 'job:';

export const laneOfJob = (kind: string): string => `${JOB_PREFIX}${kind}`;

/** @returns the task that the runs of a lane carry out as jobs; undefined for the lane of a pipeline */
export const kindOf = (lane: string): string | undefined =>
  lane.startsWith(JOB_PREFIX) ? lane.slice(JOB_PREFIX.length) : undefined;
