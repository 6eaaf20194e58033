/** The column in which every row carries the number of its line, from where it is checked to where it is written. */
export const CARRIED_LINE = '__line__';
