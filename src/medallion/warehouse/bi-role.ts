import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { keptSecret } from '../../config/kept-secret.js';
import { LabConfig } from '../../config/lab-config.js';
import { Database } from '../../engines/database/database.service.js';
import { scramVerifier } from './scram-verifier.js';
import { quoteName } from './transfer/published-column.js';
import { GOLD } from './transfer/published-names.js';

export const BI_ROLE = 'bi';

const SETTINGS = [
  'CONNECTION LIMIT 20',
  `SET search_path = ${GOLD}`,
  'SET default_transaction_read_only = on',
  // The table that a forgotten transaction has read cannot be replaced.
  `SET idle_in_transaction_session_timeout = '5min'`,
];

/** The lab takes turns by advisory locks of this database: who could hold one would bring all builds to a stand. */
const KEEP_THE_TURNS = `DO $$
  DECLARE lock regprocedure;
  BEGIN
    FOR lock IN SELECT oid FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proname ~ '^pg_(try_)?advisory_' LOOP
      EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', lock);
    END LOOP;
  END $$`;

/** What PostgreSQL lets everybody do. On a server of somebody else it stays so. */
const takeFromAll = (database: string): string[] => [
  'REVOKE ALL ON SCHEMA public FROM PUBLIC',
  `REVOKE ALL ON DATABASE ${quoteName(database)} FROM PUBLIC`,
  `GRANT CONNECT ON DATABASE ${quoteName(database)} TO ${BI_ROLE}`,
  'REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC',
  'REVOKE EXECUTE ON FUNCTION lo_creat(int), lo_create(oid), lo_from_bytea(oid, bytea) FROM PUBLIC',
  KEEP_THE_TURNS,
];

/** The role of BI tools: it reads the published tables, and nothing else. */
@Injectable()
export class BiRole implements OnModuleInit {
  private readonly logger = new Logger(BiRole.name);
  private ready = false;

  constructor(
    @Inject(LabConfig) private readonly config: LabConfig,
    private readonly database: Database,
    @InjectDataSource() private readonly source: DataSource,
  ) {}

  /** Null when nobody gave it a password, or it could not be made. */
  get name(): string | null {
    return this.ready ? BI_ROLE : null;
  }

  async onModuleInit(): Promise<void> {
    const password = await this.password();
    if (password === undefined) return;
    try {
      await this.ensure(password);
      this.ready = true;
    } catch (error) {
      this.logger.warn(
        `BI tools cannot log in: the role "${BI_ROLE}" could not be made (${(error as Error).message}). Let the user of DATABASE_URL create roles, or unset BI_PASSWORD`,
      );
    }
  }

  private async password(): Promise<string | undefined> {
    const { biPassword, environment, dataDir } = this.config;
    if (biPassword !== undefined || environment === 'production' || !this.database.embedded) return biPassword;
    return keptSecret(dataDir, 'bi-password');
  }

  private async ensure(password: string): Promise<void> {
    const [{ there }] = await this.source.query<{ there: boolean }[]>('SELECT to_regrole($1) IS NOT NULL AS there', [BI_ROLE]);
    if (!there) await this.source.query(`CREATE ROLE ${BI_ROLE} LOGIN`).catch(unlessMadeMeanwhile);
    const database = this.source.driver.database as string;
    const rights = [
      `GRANT USAGE ON SCHEMA ${GOLD} TO ${BI_ROLE}`,
      `GRANT SELECT ON ALL TABLES IN SCHEMA ${GOLD} TO ${BI_ROLE}`,
      ...(this.database.embedded ? takeFromAll(database) : []),
    ];
    for (const right of rights) await this.source.query(right);
    if (await this.letsIn(password)) return;
    await this.source.query(`ALTER ROLE ${BI_ROLE} LOGIN PASSWORD '${await scramVerifier(password)}'`);
    for (const setting of SETTINGS) await this.source.query(`ALTER ROLE ${BI_ROLE} ${setting}`);
  }

  /** Replicas and restarts find the role as they would make it: they need not all change it at once. */
  private async letsIn(password: string): Promise<boolean> {
    const url = new URL(this.database.url);
    [url.username, url.password, url.search] = [BI_ROLE, password, ''];
    const client = new pg.Client({ connectionString: url.href, connectionTimeoutMillis: 10_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return true;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

const DUPLICATES = ['23505', '42710'];

function unlessMadeMeanwhile(error: { code?: string }): void {
  if (!DUPLICATES.includes(error.code ?? '')) throw error;
}
