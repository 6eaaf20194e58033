import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { KafkaStream } from '../../src/engines/stream/kafka.stream.js';
import { keepsStreamContract } from '../contracts/stream.contract.js';
import { KafkaServer } from './servers/kafka-server.js';

let server: KafkaServer;
const open = (): Promise<KafkaStream> => KafkaStream.open({ brokers: [server.brokers], tls: false });

const log = { warn: jest.spyOn(Logger.prototype, 'warn'), log: jest.spyOn(Logger.prototype, 'log') };
beforeEach(() => {
  for (const spy of Object.values(log)) spy.mockReset().mockImplementation(() => undefined);
});

describe('KafkaStream', () => {
  beforeAll(async () => {
    server = await KafkaServer.start();
  });
  afterAll(() => server?.stop());

  describe('keeps the contract', () => keepsStreamContract(open));
});
