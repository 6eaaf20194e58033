import { readdir } from 'node:fs/promises';
import { SqlEngineClosedError } from '../../src/engines/sql/sql.errors.js';
import { ENDLESS, type SqlTools } from './sql-tools.js';

const COUNT_ENDLESS = `SELECT sum(n % 7) AS s FROM (${ENDLESS}) AS endless`;

/** How every SQL engine stops. */
export function keepsCancelling(tools: SqlTools): void {
  describe('cancelling', () => {
    const reason = new Error('the user had enough');
    const afterSome = () => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(reason), 100);
      return controller.signal;
    };
    const alive = async () => expect(await tools.rows('SELECT 1 AS alive')).toEqual([{ alive: 1 }]);

    it('before the start does nothing at all', async () => {
      const signal = AbortSignal.abort(reason);
      await expect(tools.sql.materialise({ sql: 'SELECT 1 AS a' }, await tools.aFolder(), { signal })).rejects.toBe(reason);
      await expect(tools.sql.rows({ sql: 'SELECT 1 AS a' }, { signal })).rejects.toBe(reason);
    });

    it('ends a query that writes, and leaves nothing of it', async () => {
      const out = await tools.aFolder();
      await expect(tools.sql.materialise({ sql: ENDLESS }, out, { signal: afterSome() })).rejects.toBe(reason);
      expect(await readdir(out)).toEqual([]);
      await alive();
    });

    it('ends a query that has not given its first row', async () => {
      await expect(tools.sql.rows({ sql: COUNT_ENDLESS }, { signal: afterSome() })).rejects.toBe(reason);
      await alive();
    });

    it('ends a query between two chunks', async () => {
      const controller = new AbortController();
      const chunks = tools.sql.read({ sql: ENDLESS }, { signal: controller.signal })[Symbol.asyncIterator]();
      expect((await chunks.next()).value.rows).toBeGreaterThan(0);
      controller.abort(reason);
      await expect(chunks.next()).rejects.toBe(reason);
      await alive();
    });

    it('ends those that run and those that wait for their turn', async () => {
      const signal = afterSome();
      const out = await tools.aFolder();
      const crowd = Array.from({ length: 8 }, (_, index) =>
        index % 2 ? tools.sql.rows({ sql: COUNT_ENDLESS }, { signal }) : tools.sql.materialise({ sql: ENDLESS }, out, { signal }),
      );
      expect(await Promise.allSettled(crowd)).toEqual(crowd.map(() => ({ status: 'rejected', reason })));
      expect(await readdir(out)).toEqual([]);
      await alive();
    });

    it('does not touch a query with another signal', async () => {
      const signal = afterSome();
      const [cancelled, other] = await Promise.allSettled([
        tools.sql.rows({ sql: COUNT_ENDLESS }, { signal }),
        tools.sql.rows({ sql: `SELECT sum(n) AS s FROM (${ENDLESS} LIMIT 3000000) AS e` }),
      ]);
      expect([cancelled.status, other.status]).toEqual(['rejected', 'fulfilled']);
    });

    it('closing ends what runs, and later calls are told so', async () => {
      const running = tools.sql.rows({ sql: COUNT_ENDLESS });
      const reading = tools.sql.read({ sql: ENDLESS })[Symbol.asyncIterator]();
      await reading.next();
      await Promise.all([expect(running).rejects.toThrow(SqlEngineClosedError), tools.sql.close()]);
      await expect(reading.next()).rejects.toThrow(SqlEngineClosedError);
      await expect(tools.rows('SELECT 1')).rejects.toThrow(SqlEngineClosedError);
    });
  });
}
