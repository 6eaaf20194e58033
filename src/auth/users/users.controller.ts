import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Page } from '../../http/page.schema.js';
import { ApiProblems } from '../../http/problem.schema.js';
import { RequireRole } from '../access.decorator.js';
import { NewUser, User, UserChange, UserPage, UserQuery } from './user.schema.js';
import { UsersService } from './users.service.js';

const NAMED = ApiParam({ name: 'username', description: 'In any case of letters', example: 'ana' });

@ApiTags('users')
@RequireRole('admin')
@Controller('api/v1/users')
export class UsersController {
  constructor(private readonly users: UsersService) {}

  @Post()
  @ApiOperation({ summary: 'Create a user' })
  @ApiCreatedResponse({ standardSchema: User })
  @ApiProblems(400, 409, 429)
  create(@Body({ schema: NewUser }) user: NewUser): Promise<User> {
    return this.users.create(user);
  }

  @Get()
  @ApiOperation({ summary: 'List the users' })
  @ApiOkResponse({ standardSchema: UserPage })
  @ApiProblems(400)
  list(@Query({ schema: UserQuery }) query: UserQuery): Promise<Page<User>> {
    return this.users.list(query);
  }

  @Patch(':username')
  @ApiOperation({
    summary: 'Change role or password, block or unblock',
    description: 'Only what is given changes. The last admin who is not blocked can be neither blocked nor demoted.',
  })
  @NAMED
  @ApiOkResponse({ standardSchema: User })
  @ApiProblems(400, 404, 409, 429)
  change(@Param('username') username: string, @Body({ schema: UserChange }) change: UserChange): Promise<User> {
    return this.users.change(username, change);
  }

  @Delete(':username')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a user and end every session of theirs' })
  @NAMED
  @ApiNoContentResponse({ description: 'Gone; the last admin who is not blocked stays' })
  @ApiProblems(404, 409)
  remove(@Param('username') username: string): Promise<void> {
    return this.users.remove(username);
  }
}
