//! Entries that are listed one a line.

use super::*;

#[test]
fn triplets_by_index_and_by_label() {
    let read = plainly("x.csv", "row,column,value\n0,2,1.5\n3,0,-2\n");
    assert_eq!(entries(read), (4, 3, vec![(0, 2, 1.5), (3, 0, -2.)]));
    let read = plainly("r.csv", "userId,movieId,rating,timestamp\n10,7,4,0\n2,7,3,0\n10,100,5,0\n");
    assert!(read.1.layout.contains("\"2\" to \"10\""), "{}", read.1.layout);
    assert_eq!(entries(read), (2, 2, vec![(0, 0, 3.), (1, 0, 4.), (1, 1, 5.)]));
}

#[test]
fn columns_are_recognised_by_their_names_wherever_they_stand() {
    let expected = (2, 2, vec![(0, 0, 4.), (1, 1, 5.)]);
    for content in [
        "userId,movieId,timestamp,rating\n1,7,881250949,4\n2,9,881250950,5\n",
        ",user_id,Item ID,rating\n0,1,7,4\n1,2,9,5\n",
        "rating;user;item\n4;1;7\n5;2;9\n",
        "\"\"\t\"user\"\t\"movie\"\t\"stars\"\n\"1\"\tann\t7\t4\n\"2\"\tbob\t9\t5\n",
    ] {
        assert_eq!(entries(plainly("r.csv", content)), expected, "{content:?}");
    }
}

#[test]
fn labels_have_one_order_numbers_before_texts() {
    let labels = ["b", "10", "1x", "2", "10x", "a", "1", "1.0", "nan", "inf", "9007199254740993", "9007199254740992"];
    let order = ["1", "1.0", "2", "10", "9007199254740992", "9007199254740993", "10x", "1x", "a", "b", "inf", "nan"];
    let list = |labels: &[&str]| {
        let lines: String = labels.iter().enumerate().map(|(value, label)| format!("{label},0,{value}\n")).collect();
        entries(plainly("r.csv", format!("user,item,rating\n{lines}")))
    };
    let (rows, _, found) = list(&labels);
    assert_eq!(rows, labels.len());
    let expected = order.map(|label| labels.iter().position(|known| *known == label).unwrap() as f64);
    assert_eq!(found.iter().map(|entry| entry.2).collect::<Vec<_>>(), expected);
    // Any order of the lines, the same order of the labels.
    let mut shuffled = labels;
    shuffled.reverse();
    let from_end = list(&shuffled).2.iter().map(|entry| 11. - entry.2).collect::<Vec<_>>();
    assert_eq!(from_end, expected);
    // Numbers and texts by the dozen: no comparison may contradict another.
    let many: Vec<String> = (1..40).flat_map(|i| [i.to_string(), format!("{i}x")]).collect();
    assert_eq!(list(&many.iter().map(String::as_str).collect::<Vec<_>>()).0, 78);
}

#[test]
fn movielens_files_are_recognised_by_name_or_delimiter() {
    let expected = (2, 2, vec![(0, 0, 3.), (1, 1, 5.)]);
    assert_eq!(entries(plainly("u.data", "196\t242\t3\t881250949\n298\t474\t5\t884182806\n")), expected);
    assert_eq!(entries(plainly("ua.base", "196\t242\t3\t881250949\n298\t474\t5\t884182806\n")), expected);
    assert_eq!(entries(plainly("ratings.dat", "1::1193::3::978300760\n2::1197::5::978302268\n")), expected);
}

#[test]
fn lists_without_names_are_doubtful() {
    let content: String =
        (0..40).map(|i| format!("{}\t{}\t{}\t{}\n", i % 8 + 1, i % 5 + 1, i % 5 + 1, 881250949 + i)).collect();
    let message = doubt("ratings.tsv", &content);
    assert!(message.contains("`columns` = [1, 2, 3]") && message.contains("\"all\""), "{message}");
    assert_eq!(read_with(&columns(&["all"]), "ratings.tsv", &content).unwrap().0.shape(), (40, 4));
    for names in [&["1", "2", "3"][..], &["user", "item", "rating", "timestamp"], &["user", "item", "score", "when"]] {
        let (data, reading) = read_with(&columns(names), "ratings.tsv", &content).unwrap();
        assert_eq!((data.shape(), data.known().len()), ((8, 5), 40), "{names:?}: {reading:?}");
    }
    let named = format!("reader\tbook no\tgrade\twhen\n{content}");
    let message = doubt("ratings.tsv", &named);
    assert!(message.contains("[\"reader\", \"book no\", \"grade\"]"), "{message}");
    let keys = columns(&["reader", "book no", "grade"]);
    assert_eq!(read_with(&keys, "ratings.tsv", &named).unwrap().0.shape(), (8, 5));
    // Colours are as doubtful; a Vandermonde matrix, with a column of ones, is not.
    assert!(doubt("x.csv", "0,10,20\n0,20,10\n5,10,0\n7,30,60\n").contains("`columns`"));
    assert_eq!(plainly("x.csv", "1,0,0\n1,1,1\n1,2,4\n1,3,9\n").0.shape(), (4, 3));
}

#[test]
fn names_that_leave_the_value_open_are_doubtful() {
    let message = doubt("r.csv", "user,item,plays\na,x,3\nb,y,4\n");
    assert!(message.contains("`columns`"), "{message}");
    let keys = columns(&["user", "item", "plays"]);
    assert_eq!(
        read_with(&keys, "r.csv", "user,item,plays\na,x,3\nb,y,4\n").unwrap().0.known(),
        [(0, 0, 3.), (1, 1, 4.)]
    );
    assert!(doubt("r.csv", "user,item,rating,score\na,x,3,1\n").contains("which of them"));
}

#[test]
fn columns_that_are_not_there_are_named() {
    let content = "user,item,rating\n1,1,4\n";
    for (names, expected) in [
        (&["user", "item", "stars"][..], "\"stars\", which is no column (the header has user, item, rating)"),
        (&["user", "item"], "names the columns of row, column and value"),
        (&["user", "item", "item"], "names a column twice"),
        (&["1", "2", "4"], "\"4\", which is no column"),
    ] {
        let message = refusal(&columns(names), "r.csv", content);
        assert!(message.contains("`columns`") && message.contains(expected), "{message}");
    }
}

#[test]
fn entries_given_twice_follow_the_rule() {
    let content = "user,item,rating,timestamp\n1,1,4,10\n1,1,5,20\n2,1,3,5\n2,2,1,6\n";
    let message = refusal(&Keys::default(), "r.csv", content);
    assert!(message.contains("line 3: entry (1, 1) is given twice") && message.contains("`duplicates`"), "{message}");
    for (rule, first) in [(Duplicates::Last, 5.), (Duplicates::Mean, 4.5)] {
        let (data, reading) = read_with(&duplicates(rule), "r.csv", content).unwrap();
        assert_eq!(data.known(), [(0, 0, first), (1, 0, 3.), (1, 1, 1.)]);
        assert_eq!(reading.duplicates, 1);
    }
    assert!(refusal(&duplicates(Duplicates::Last), "x.csv", "1,2\n").contains("`duplicates` means nothing"));
}

#[test]
fn entries_may_be_missing_where_that_is_said() {
    let content = "user,item,rating\n1,1,4\n1,2,NaN\n2,2,99\n";
    assert!(refusal(&Keys::default(), "r.csv", content).contains("line 3: \"NaN\" is not a finite number"));
    let (data, reading) = read_with(&missing(&["NaN", "99"]), "r.csv", content).unwrap();
    assert_eq!(data.known().len(), 1);
    assert!(reading.notes.contains(&"2 entries left out as missing".to_owned()), "{:?}", reading.notes);
}

#[test]
fn indices_from_one_are_remarked_upon() {
    let (data, reading) = plainly("x.csv", "row,column,value\n1,1,2\n2,2,3\n");
    assert_eq!(data.shape(), (3, 3));
    assert!(reading.warnings[0].contains("if they count from 1"), "{:?}", reading.warnings);
    assert_eq!(
        read_with(&columns(&["1", "2", "3"]), "x.csv", "row,column,value\n1,1,2\n2,2,3\n").unwrap().0.shape(),
        (2, 2)
    );
}
