import { Injectable, Logger } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';

/** Days that the results of checks are kept. */
const KEPT_DAYS = 180;

/** Once a day forgets the results of checks that are past their time; the newest of each expectation stays. */
@Injectable()
export class QualityRetention {
  private readonly logger = new Logger(QualityRetention.name);

  constructor(@InjectDataSource() private readonly database: DataSource) {}

  @Cron(CronExpression.EVERY_DAY_AT_3AM)
  async purge(): Promise<void> {
    try {
      await this.database.query(
        `delete from lab.quality_results where checked_at < now() - make_interval(days => $1) and id not in
           (select max(id) from lab.quality_results group by dataset, expectation, columns, severity, description)`,
        [KEPT_DAYS],
      );
    } catch (error) {
      this.logger.warn(`Old results of checks stay for another day: ${String(error)}`);
    }
  }
}
