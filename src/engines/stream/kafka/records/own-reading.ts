import type { Broker } from 'kafkajs';
import { FETCH_VERSION, readFetched } from './fetched-records.js';

const FETCH = 1;

interface Protocol {
  readonly request: { readonly apiVersion: number };
  readonly response: { readonly decode: (payload: Buffer) => Promise<unknown> };
}

type Lookup = (apiKey: number, definition: unknown) => (options: unknown) => Protocol;

const ours = new WeakSet<Lookup>();

/** From now on what the broker answers to fetches is read by us. It looks up how to speak anew each time that it connects. */
export function readOurselves(broker: Broker): void {
  const speaking = broker as unknown as { lookupRequest: Lookup };
  const { lookupRequest } = speaking;
  if (ours.has(lookupRequest)) return;
  speaking.lookupRequest = (apiKey, definition) => {
    const protocolOf = lookupRequest(apiKey, definition);
    return apiKey === FETCH ? (options) => withOwnReading(protocolOf(options)) : protocolOf;
  };
  ours.add(speaking.lookupRequest);
}

function withOwnReading(protocol: Protocol): Protocol {
  const { request, response } = protocol;
  if (request.apiVersion !== FETCH_VERSION) return protocol;
  const decode = async (payload: Buffer): Promise<unknown> => (await readFetched(payload)) ?? response.decode(payload);
  return { ...protocol, response: { ...response, decode } };
}
