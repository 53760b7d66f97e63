namespace RttNetwork.Cli.Demo;

/// <summary>Somebody of a story: nobody real. The network keeps the name encrypted and shows it to no one here; the story knows it because it made it up.</summary>
internal sealed class Person(int number, string given, string family)
{
    private static readonly string[] Given =
    [
        "Robin", "Camille", "Sasha", "Amina", "Noah", "Mei", "Tomas", "Ingrid", "Kofi", "Leila", "Jonas", "Priya", "Mateo", "Hana", "Owen", "Zara", "Luc", "Freya", "Idris", "Nadia",
        "Elias", "Maya", "Arjun", "Signe", "Theo", "Yara", "Finn", "Aiko", "Samir", "Greta", "Dylan", "Rosa", "Ivan", "Celine", "Marek", "Tala", "Ruben", "Anouk", "Cyrus", "Wren", "Paolo", "Edda", "Hugo", "Lina",
    ];

    private static readonly string[] Family =
    [
        "Okafor", "Tremblay", "Lindqvist", "Haddad", "Murphy", "Chen", "Novak", "Berg", "Mensah", "Rahimi", "Weber", "Nair", "Silva", "Sato", "Price", "Malik", "Girard", "Dahl", "Bello", "Petrov",
    ];

    public int Number { get; } = number;

    public string GivenName { get; } = given;

    public string FamilyName { get; } = family;

    /// <summary>networks/{network}/participants/{participant}, once registered.</summary>
    public string Name { get; set; } = "";

    /// <summary>0 for none.</summary>
    public int Pod { get; set; }

    public override string ToString() => $"{GivenName} {FamilyName[0]}. ({Number})";

    /// <summary>As many people as a story needs; who they are follows from the seed.</summary>
    public static List<Person> Some(int count, Random random)
    {
        var (given, family) = ((string[])Given.Clone(), (string[])Family.Clone());
        random.Shuffle(given);
        random.Shuffle(family);
        return [.. Enumerable.Range(0, count).Select(i => new Person(i + 1, given[i % given.Length], family[i % family.Length]))];
    }
}
