/** What a request may take; a broker that is stopped keeps its connections, and answers nothing. */
export const LONGEST_WAIT_MS = 10_000;
/** What Kafka answers at most in one fetch of a partition, about, when nobody asks for less. */
export const FETCH_BYTES = 1024 * 1024;
/** How old what is known of topics, partitions and leaders may be. */
export const METADATA_MS = 3000;
/** Of records in one request for one partition, so that Kafka takes it whole: `message.max.bytes` is 1,048,588 unless somebody changed it. */
export const BATCH_BYTES = 1_010_000;
export const BATCH_MESSAGES = 1000;
