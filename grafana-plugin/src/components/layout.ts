/** Width of the labels in the query editors, in units of eight pixels. */
export const LABEL_WIDTH = 16;
