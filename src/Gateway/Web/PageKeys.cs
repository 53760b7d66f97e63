using System.Security.Cryptography;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.AuthenticatedEncryption.ConfigurationModel;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace RttNetwork.Gateway.Web;

/// <summary>
/// The one key that sessions and forms are sealed with. It follows from the key that every gateway of a network has anyway, so what one of them has sealed any other opens, also
/// after a restart, and nothing is stored anywhere. It does not change: a session ends with the access token that is in it.
/// </summary>
internal sealed class PageKeys : IXmlRepository
{
    private const int MasterBytes = 64;
    private const int IdBytes = 16;

    private readonly XElement _key;

    public PageKeys(GatewayOptions options)
    {
        var bytes = HKDF.DeriveKey(HashAlgorithmName.SHA256, options.IdentityKey, MasterBytes + IdBytes, info: "rtt page sessions"u8.ToArray());
        var descriptor = new AuthenticatedEncryptorDescriptor(new AuthenticatedEncryptorConfiguration(), new Secret(bytes[..MasterBytes])).ExportToXml();
        var (since, until) = (new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2999, 1, 1, 0, 0, 0, TimeSpan.Zero));
        _key = new XElement(
            "key",
            new XAttribute("id", new Guid(bytes[MasterBytes..])),
            new XAttribute("version", 1),
            new XElement("creationDate", since),
            new XElement("activationDate", since),
            new XElement("expirationDate", until),
            new XElement("descriptor", new XAttribute("deserializerType", descriptor.DeserializerType.AssemblyQualifiedName!), descriptor.SerializedDescriptorElement));
    }

    public IReadOnlyCollection<XElement> GetAllElements() => [new XElement(_key)];

    public void StoreElement(XElement element, string friendlyName) => throw new NotSupportedException("The key of pages is not stored.");
}
