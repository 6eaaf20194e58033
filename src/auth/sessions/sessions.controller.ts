import { Body, Controller, Get, HttpCode, Ip, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../http/problem.schema.js';
import { OpenToAll, RequireRole } from '../access.decorator.js';
import { BearerToken } from '../bearer-token.decorator.js';
import type { Caller } from '../caller.types.js';
import { CurrentUser } from '../current-user.decorator.js';
import { Login, Me, RefreshedTokens, Tokens } from './session.schema.js';
import { SessionsService } from './sessions.service.js';

@ApiTags('auth')
@Controller('api/v1/auth')
export class SessionsController {
  constructor(private readonly sessions: SessionsService) {}

  @Post('login')
  @HttpCode(200)
  @OpenToAll()
  @ApiOperation({ summary: 'Log in', description: 'Ten failures within five minutes for one name from one address answer 429.' })
  @ApiOkResponse({ standardSchema: Tokens })
  @ApiProblems(400, 401, 429)
  login(@Body({ schema: Login }) login: Login, @Ip() address: string): Promise<Tokens> {
    return this.sessions.login(login, address);
  }

  @Post('refresh')
  @HttpCode(200)
  @OpenToAll()
  @ApiBearerAuth()
  @ApiOperation({
    summary: 'Another access token',
    description: 'Authorize with the refresh token as bearer. It stays as it is.',
  })
  @ApiOkResponse({ standardSchema: RefreshedTokens })
  @ApiProblems(401)
  refresh(@BearerToken() refreshToken: string): Promise<RefreshedTokens> {
    return this.sessions.refresh(refreshToken);
  }

  @Post('logout')
  @HttpCode(204)
  @OpenToAll()
  @ApiBearerAuth()
  @ApiOperation({
    summary: 'Log out',
    description: 'Ends the session of the token that is sent as bearer, of either kind: both kinds are refused within 5 s.',
  })
  @ApiNoContentResponse({ description: 'The session is over' })
  @ApiProblems(401)
  logout(@BearerToken() token: string): Promise<void> {
    return this.sessions.logout(token);
  }

  @Get('me')
  @RequireRole('viewer')
  @ApiOperation({ summary: 'Who the token speaks for' })
  @ApiOkResponse({ standardSchema: Me })
  me(@CurrentUser() { username, role }: Caller): Caller {
    return { username, role };
  }
}
