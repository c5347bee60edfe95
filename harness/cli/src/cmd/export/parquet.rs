use std::sync::Arc;

use flatbench_records::Record;
use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::Result;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;

use super::columns::{Cells, Column};

/// The table as a Parquet file: one optional column of its own type for each, their meanings in the metadata of the file.
pub fn table(columns: &[Column], records: &[Record]) -> Result<Vec<u8>> {
    let fields = columns.iter().map(|column| field(column).map(Arc::new)).collect::<Result<Vec<_>>>()?;
    let schema = Arc::new(Type::group_type_builder("record").with_fields(fields).build()?);
    let meanings = columns.iter().map(|column| KeyValue::new(column.name.clone(), column.meaning.clone()));
    let properties = WriterProperties::builder()
        .set_created_by(format!("flatbench {}", env!("CARGO_PKG_VERSION")))
        .set_key_value_metadata(Some(meanings.collect()))
        .build();
    let mut file = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties))?;
    let mut rows = file.next_row_group()?;
    for column in columns {
        let Some(mut writer) = rows.next_column()? else { break };
        match &column.cells {
            Cells::Text(field) => {
                let text = |record: &Record| field(record).map(|text| ByteArray::from(text.into_bytes()));
                write::<ByteArrayType>(&mut writer, records, &text)?;
            }
            Cells::Integer(field) => write::<Int64Type>(&mut writer, records, field)?,
            Cells::Real(field) => write::<DoubleType>(&mut writer, records, field)?,
            Cells::Flag(field) => write::<BoolType>(&mut writer, records, field)?,
        }
        writer.close()?;
    }
    rows.close()?;
    file.into_inner()
}

fn field(column: &Column) -> Result<Type> {
    let (physical, logical) = match column.cells {
        Cells::Text(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Cells::Integer(_) => (Physical::INT64, None),
        Cells::Real(_) => (Physical::DOUBLE, None),
        Cells::Flag(_) => (Physical::BOOLEAN, None),
    };
    Type::primitive_type_builder(&column.name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical)
        .build()
}

/// The values that exist, and for every record whether it has one.
fn write<T: DataType>(
    writer: &mut SerializedColumnWriter<'_>,
    records: &[Record],
    field: &dyn Fn(&Record) -> Option<T::T>,
) -> Result<()> {
    let cells: Vec<Option<T::T>> = records.iter().map(field).collect();
    let levels: Vec<i16> = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
    let values: Vec<T::T> = cells.into_iter().flatten().collect();
    writer.typed::<T>().write_batch(&values, Some(&levels), None)?;
    Ok(())
}
