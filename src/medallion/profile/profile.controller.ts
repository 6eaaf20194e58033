import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { RequireRole } from '../../auth/access.decorator.js';
import { ApiProblems } from '../../http/problem.schema.js';
import { Profile, ProfileQuery } from './profile.schema.js';
import { ProfileService } from './profile.service.js';

@ApiTags('data')
@Controller('api/v1/datasets')
@RequireRole('viewer')
export class ProfileController {
  constructor(private readonly profiles: ProfileService) {}

  @Get(':name/profile')
  @ApiOperation({ summary: 'What stands in the columns of a table version; made when it is first asked for, and kept' })
  @ApiParam({ name: 'name', description: 'Layer and table', example: 'gold.routes' })
  @ApiOkResponse({ standardSchema: Profile })
  @ApiProblems(400, 404)
  find(@Param('name') name: string, @Query({ schema: ProfileQuery }) { version }: ProfileQuery): Promise<Profile> {
    return this.profiles.of(name, version);
  }
}
