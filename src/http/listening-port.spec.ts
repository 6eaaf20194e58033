import { type AddressInfo, createServer, type Server } from 'node:net';
import { CannotListenError, freePortOrFail, PortInUseError } from './listening-port.js';

const listen = (): Promise<Server> =>
  new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => resolve(server));
  });

describe('freePortOrFail', () => {
  it('says which port is taken and how to take another', async () => {
    const taken = await listen();
    const { port } = taken.address() as AddressInfo;
    await expect(freePortOrFail({ host: '127.0.0.1', port })).rejects.toThrow(PortInUseError);
    await expect(freePortOrFail({ host: '127.0.0.1', port })).rejects.toThrow(`PORT=${port + 1} npm start`);
    taken.close();
  });

  it('leaves a free port free', async () => {
    const freed = await listen();
    const { port } = freed.address() as AddressInfo;
    await new Promise((resolve) => freed.close(resolve));
    await freePortOrFail({ host: '127.0.0.1', port });
    await expect(freePortOrFail({ host: '127.0.0.1', port })).resolves.toBeUndefined();
  });

  it('tells an address that is not ours from a port in use', async () => {
    await expect(freePortOrFail({ host: '192.0.2.1', port: 0 })).rejects.toThrow(CannotListenError);
  });
});
