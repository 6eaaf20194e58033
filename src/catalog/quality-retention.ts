import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { RecurringWork } from '../events/recurring-work.js';

const DAY_MS = 86_400_000;
/** Days that the results of checks are kept. */
const KEPT_DAYS = 180;

/** Forgets the results of checks that are past their time; the newest of each expectation stays. */
@Injectable()
export class QualityRetention extends RecurringWork {
  constructor(@InjectDataSource() private readonly database: DataSource) {
    super(DAY_MS, 'Old results of checks stay for another day');
  }

  async work(): Promise<void> {
    await this.database.query(
      `delete from lab.quality_results where checked_at < now() - make_interval(days => $1) and id not in
         (select distinct on (dataset, expectation, columns, severity, description) id from lab.quality_results
          order by dataset, expectation, columns, severity, description, checked_at desc, id desc)`,
      [KEPT_DAYS],
    );
  }
}
