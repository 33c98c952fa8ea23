mod calculate;
pub mod condition;
mod filter_labels;
mod filter_rows;
mod group_rows;
mod join_tables;
