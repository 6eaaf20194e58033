import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { LabConfig } from '../../config/lab-config.js';
import { Passwords } from './passwords.js';
import { UserEntity } from './user.entity.js';
import { UsersService } from './users.service.js';

const NAME = 'admin';
const DEVELOPMENT_PASSWORD = 'admin';

/** Sees to it that somebody can log in: makes the user `admin` when there is no admin at all. */
@Injectable()
export class FirstAdmin implements OnApplicationBootstrap {
  private readonly logger = new Logger(FirstAdmin.name);

  constructor(
    private readonly config: LabConfig,
    @InjectDataSource() private readonly database: DataSource,
    private readonly passwords: Passwords,
    private readonly users: UsersService,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (!(await this.database.getRepository(UserEntity).existsBy({ role: 'admin' }))) await this.create();
    // Data that grew in development comes to production with a password that everybody knows.
    if (this.config.environment === 'production') await this.replaceDevelopmentPassword();
  }

  private async create(): Promise<void> {
    // The settings refuse production without ADMIN_PASSWORD.
    const passwordHash = await this.passwords.hash(this.config.adminPassword ?? DEVELOPMENT_PASSWORD);
    const admin = { username: NAME, role: 'admin', passwordHash } as const;
    // Of several processes that start at once, one makes it.
    await this.database.createQueryBuilder().insert().into(UserEntity).values(admin).orIgnore().execute();
  }

  private async replaceDevelopmentPassword(): Promise<void> {
    const admin = await this.users.find(NAME);
    const isDefault = await this.passwords.match(admin?.passwordHash, DEVELOPMENT_PASSWORD);
    if (!isDefault) return;
    await this.users.change(NAME, { password: this.config.adminPassword });
    this.logger.warn(
      'The user admin still had the password of development: it is ADMIN_PASSWORD now, and every session of it has ended.',
    );
  }
}
