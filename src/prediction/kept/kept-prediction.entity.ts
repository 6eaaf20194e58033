import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import type { ClassLabel } from '../../estimators/estimator.types.js';

/** An answer that can be read again, until its time is over. What was asked is not kept. */
@Entity('kept_predictions')
@Index('kept_predictions_by_time', ['createdAt'])
export class KeptPredictionEntity {
  @PrimaryGeneratedColumn('uuid') id!: string;
  /** As the request named it. */
  @Column('text', { name: 'model_id' }) modelId!: string;
  @Column('text') model!: string;
  @Column('int') version!: number;
  @Column('jsonb') predictions!: ClassLabel[];
  @Column('text', { nullable: true }) username!: string | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
}
