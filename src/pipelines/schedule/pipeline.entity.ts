import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Whether a pipeline runs by itself; one without a row does. */
@Entity('pipelines')
export class PipelineEntity {
  @PrimaryColumn({ type: 'text' })
  name!: string;

  @Column({ type: 'boolean', default: true })
  enabled!: boolean;

  @Column({ name: 'changed_at', type: 'timestamptz', default: () => 'now()' })
  changedAt!: Date;
}
