import { Module } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { JwtModule, type JwtModuleOptions } from '@nestjs/jwt';
import { TypeOrmModule } from '@nestjs/typeorm';
import { LabConfig } from '../config/lab-config.js';
import { AccessGuard } from './access.guard.js';
import { ApiKeyEntity } from './api-keys/api-key.entity.js';
import { ApiKeysController } from './api-keys/api-keys.controller.js';
import { ApiKeysService } from './api-keys/api-keys.service.js';
import { AuditController } from './audit/audit.controller.js';
import { AuditRecorder } from './audit/audit.recorder.js';
import { AuditEntryEntity } from './audit/audit-entry.entity.js';
import { AuditLog } from './audit/audit-log.js';
import { AuthRetention } from './auth-retention.js';
import { AuthenticationService } from './authentication.service.js';
import { RouteAccessService } from './route-access.service.js';
import { AccessTokens } from './sessions/access-tokens.js';
import { LoginThrottle } from './sessions/login-throttle.js';
import { RefreshTokenEntity } from './sessions/refresh-token.entity.js';
import { RefreshTokens } from './sessions/refresh-tokens.js';
import { SessionsController } from './sessions/sessions.controller.js';
import { SessionsService } from './sessions/sessions.service.js';
import { signingKey } from './sessions/signing-key.js';
import { UserStates } from './sessions/user-states.js';
import { FirstAdmin } from './users/first-admin.js';
import { Passwords } from './users/passwords.js';
import { UserEntity } from './users/user.entity.js';
import { UsersController } from './users/users.controller.js';
import { UsersService } from './users/users.service.js';

/** Only HS256 passes: neither "none" nor a public key taken for a secret. */
const jwtOptions = async (config: LabConfig): Promise<JwtModuleOptions> => ({
  secret: await signingKey(config),
  signOptions: { algorithm: 'HS256' },
  verifyOptions: { algorithms: ['HS256'] },
});

@Module({
  imports: [
    DiscoveryModule,
    JwtModule.registerAsync({ inject: [LabConfig], useFactory: jwtOptions }),
    TypeOrmModule.forFeature([UserEntity, RefreshTokenEntity, ApiKeyEntity, AuditEntryEntity]),
  ],
  controllers: [SessionsController, UsersController, ApiKeysController, AuditController],
  providers: [
    AccessTokens,
    ApiKeysService,
    AuditLog,
    AuditRecorder,
    AuthRetention,
    AuthenticationService,
    FirstAdmin,
    Passwords,
    RefreshTokens,
    RouteAccessService,
    SessionsService,
    UserStates,
    UsersService,
    { provide: LoginThrottle, useFactory: () => new LoginThrottle() },
    { provide: APP_GUARD, useClass: AccessGuard },
  ],
  exports: [RouteAccessService],
})
export class AuthModule {}
