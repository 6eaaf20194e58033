import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import type { Page } from '../../http/page.schema.js';
import { ApiProblems } from '../../http/problem.schema.js';
import { RequireRole } from '../access.decorator.js';
import type { Caller } from '../caller.types.js';
import { CurrentUser } from '../current-user.decorator.js';
import { ApiKey, ApiKeyPage, ApiKeyQuery, CreatedApiKey, NewApiKey } from './api-key.schema.js';
import { ApiKeysService } from './api-keys.service.js';

@ApiTags('api keys')
@RequireRole('admin')
@Controller('api/v1/api-keys')
export class ApiKeysController {
  constructor(private readonly keys: ApiKeysService) {}

  @Post()
  @ApiOperation({
    summary: 'Make a key for a program',
    description: 'The answer shows the key this once; only a digest of it is kept.',
  })
  @ApiCreatedResponse({ standardSchema: CreatedApiKey })
  @ApiProblems(400, 409, 422)
  create(@Body({ schema: NewApiKey }) key: NewApiKey, @CurrentUser() { username }: Caller): Promise<CreatedApiKey> {
    return this.keys.create(key, username);
  }

  @Get()
  @ApiOperation({ summary: 'List the keys, without what they are' })
  @ApiOkResponse({ standardSchema: ApiKeyPage })
  @ApiProblems(400)
  list(@Query({ schema: ApiKeyQuery }) query: ApiKeyQuery): Promise<Page<ApiKey>> {
    return this.keys.list(query);
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a key; it is refused everywhere within 5 s' })
  @ApiNoContentResponse({ description: 'Gone' })
  @ApiProblems(400, 404)
  remove(@Param('id', { schema: z.uuid() }) id: string): Promise<void> {
    return this.keys.remove(id);
  }
}
